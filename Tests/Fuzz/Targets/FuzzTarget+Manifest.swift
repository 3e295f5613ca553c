import Model

extension FuzzTarget {
    /// Whatever carries a SHA-256 of its own that fits is refused in words, or comes back from what it is written as.
    static let manifest = FuzzTarget(name: "manifest") { bytes in
        do throws(NightjarError) {
            _ = try ManifestDocument.decodeStored(bytes, name: "given")
        } catch {
            try refused(error)
        }
        guard let sealed = ManifestDocument.seal(bytes) else { return }
        let stored: StoredManifest
        do throws(NightjarError) {
            stored = try ManifestDocument.decodeStored(sealed, name: "sealed")
        } catch {
            return try refused(error)
        }
        let written =
            switch stored {
            case .open(let manifest): try ManifestDocument.encode(manifest)
            case .sealed(let manifest): try ManifestDocument.encode(manifest)
            }
        try require(
            try ManifestDocument.decodeStored(written, name: "written") == stored,
            "what was read does not come back: \(String(decoding: written, as: UTF8.self))")
        if case .open(let manifest) = stored {
            for object in manifest.objects {
                try require(
                    object.key.hasPrefix("\(manifest.database)/") && !object.key.contains(".."),
                    "the key \(object.key) of a backup of \(manifest.database) was believed")
            }
        }
    }

    private static func refused(_ error: NightjarError) throws(Broken) {
        try requirePrintable(error.message)
        try require(
            [.difference, .configuration].contains(error.code), "it is refused with \(error.code): \(error.message)")
    }
}
