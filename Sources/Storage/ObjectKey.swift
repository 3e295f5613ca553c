/// The rules for keys, the same in every store.
enum ObjectKey {
    /// S3's limit for a key, prefix included; a directory's for one component.
    static let longestKey = 1024
    static let longestComponent = 255

    /// Why `key` cannot name an object, or nil.
    static func complaint(_ key: String, componentLimit: Int? = nil) -> String? {
        if key.isEmpty { return "the key is empty" }
        if key.utf8.count > longestKey { return "the key is longer than \(longestKey) bytes" }
        if key.utf8.contains(0) { return "the key holds a NUL" }
        for component in key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.isEmpty { return "the key has an empty component" }
            if component.elementsEqual(".".utf8) || component.elementsEqual("..".utf8) {
                return "the key has the component '.' or '..'"
            }
            if let componentLimit, component.count > componentLimit {
                return "a component of the key is longer than \(componentLimit) bytes"
            }
        }
        return nil
    }

    /// What stands between the slashes, where there is anything. By bytes: a combining accent may follow a slash.
    static func components(of key: String) -> [String] {
        key.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A prefix as settings give it, with exactly one slash at its end unless it is empty.
    static func normalizedPrefix(_ prefix: String) -> String {
        let folders = components(of: prefix)
        return folders.isEmpty ? "" : folders.joined(separator: "/") + "/"
    }

    /// Whether `left` comes before `right` in the order of their bytes.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// As `hasPrefix`, but byte for byte.
    static func begins(_ key: String, with prefix: String) -> Bool {
        key.utf8.starts(with: prefix.utf8)
    }

    /// As `hasSuffix`, but byte for byte.
    static func ends(_ key: String, with suffix: String) -> Bool {
        key.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    /// `key` without its first `count` bytes.
    static func dropping(_ count: Int, from key: String) -> String {
        String(decoding: key.utf8.dropFirst(count), as: UTF8.self)
    }
}
