import FoundationEssentials

/// What of an encrypted backup anybody can read: which one it is, when it was made, and what lies in the store. The rest of its
/// manifest stands beside that, encrypted.
package struct SealedManifest: Sendable, Codable, Equatable {
    /// The version of this form of a manifest; a `Manifest` has 1.
    package static let format = 2

    package var formatVersion: Int
    package var id: String
    package var database: String
    /// Which appliance wrote it: the id in its state directory.
    package var appliance: String
    /// `nightjar` and its version.
    package var tool: String
    package var startedAt: Timestamp
    package var finishedAt: Timestamp
    /// The moment of which the backup is, as the snapshot says it.
    package var takenAt: Timestamp
    /// Without what tells of their text.
    package var objects: [Manifest.StoredObject]
    /// A file in the age format that holds the whole manifest, as a document of its own.
    package var sealed: Data

    /// - Parameter sealed: The manifest's own document, encrypted.
    package init(of manifest: Manifest, sealed: [UInt8]) {
        formatVersion = Self.format
        id = manifest.id
        database = manifest.database
        appliance = manifest.appliance
        tool = manifest.tool
        startedAt = manifest.startedAt
        finishedAt = manifest.finishedAt
        takenAt = manifest.snapshot.takenAt
        objects = manifest.objects.map(\.withoutText)
        self.sealed = Data(sealed)
    }

    /// Whether `manifest` is the one of which this tells: somebody may have put other objects in the places of its own.
    package func isOutline(of manifest: Manifest) -> Bool {
        self == SealedManifest(of: manifest, sealed: Array(sealed))
    }

    package var storedBytes: Int64 { objects.reduce(0) { $0 + $1.size } }
}

extension Manifest.StoredObject {
    fileprivate var withoutText: Self {
        var object = self
        object.uncompressedSize = 0
        object.crc32 = nil
        return object
    }
}

/// A manifest as it lies in a store: for everybody, or for those who can open it.
package enum StoredManifest: Sendable, Equatable {
    case open(Manifest)
    case sealed(SealedManifest)

    /// nil where it is sealed.
    package var manifest: Manifest? {
        if case .open(let manifest) = self { manifest } else { nil }
    }

    package var objects: [Manifest.StoredObject] {
        switch self {
        case .open(let manifest): manifest.objects
        case .sealed(let sealed): sealed.objects
        }
    }

    package var id: String {
        switch self {
        case .open(let manifest): manifest.id
        case .sealed(let sealed): sealed.id
        }
    }

    package var database: String {
        switch self {
        case .open(let manifest): manifest.database
        case .sealed(let sealed): sealed.database
        }
    }

    package var takenAt: Timestamp {
        switch self {
        case .open(let manifest): manifest.snapshot.takenAt
        case .sealed(let sealed): sealed.takenAt
        }
    }

    package var storedBytes: Int64 { objects.reduce(0) { $0 + $1.size } }
}
