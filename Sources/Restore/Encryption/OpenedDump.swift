import Age
import Model
import Storage
import Synchronization

/// A backup's objects for somebody who may open them: as they are stored, and as they were before they were encrypted.
/// Where they are not encrypted, both are the same.
struct OpenedDump: Sendable {
    /// What the store has.
    let stored: any ObjectSource
    let manifest: Manifest
    let opening: DumpOpening?
    /// What is in it; ranges are those of the bytes before they were encrypted.
    let source: any ObjectSource

    init(in store: any ObjectSource, _ manifest: Manifest, opening: DumpOpening?) {
        stored = store
        self.manifest = manifest
        self.opening = opening
        let isEncrypted = manifest.objects.contains { $0.head != nil }
        source = isEncrypted ? DecryptedObjects(in: store, manifest, opening) : store
    }

    /// An object as it was before it was encrypted: nothing is known then of parts, and every byte proves itself.
    func plain(_ object: Manifest.StoredObject) -> Manifest.StoredObject {
        guard object.head != nil else { return object }
        var plain = object
        plain.head = nil
        plain.size = object.plainSize ?? 0
        plain.etag = nil
        plain.parts = []
        return plain
    }
}

/// The objects of an encrypted backup, decrypted as they are read.
private struct DecryptedObjects: ObjectSource {
    private let store: any ObjectSource
    private let objects: [String: Manifest.StoredObject]
    private let opening: DumpOpening?
    private let payloads = Payloads()

    init(in store: any ObjectSource, _ manifest: Manifest, _ opening: DumpOpening?) {
        self.store = store
        self.opening = opening
        objects = Dictionary(manifest.objects.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var location: String { store.location }

    func head(_ key: String) async throws -> ObjectInfo? {
        guard let info = try await store.head(key), let head = objects[key]?.head else { return nil }
        guard let size = AgePayload.size(ofEncrypted: info.size - Int64(head.size)), info.size == objects[key]?.size
        else {
            throw Self.damaged(key, "it has \(info.size) bytes instead of \(objects[key]?.size ?? 0)")
        }
        return ObjectInfo(key: key, size: size, etag: info.etag)
    }

    func get(_ key: String, range: Range<Int64>?) async throws -> ObjectReader {
        guard let object = objects[key], let head = object.head else {
            throw Self.damaged(key, "its manifest does not say how it is encrypted")
        }
        guard let size = object.plainSize else {
            throw Self.damaged(key, "no encrypted object has \(object.size) bytes")
        }
        guard range.map({ $0.lowerBound >= 0 && $0.upperBound <= size }) ?? true else {
            throw Self.damaged(key, "its manifest speaks of more than the \(size) bytes that are encrypted in it")
        }
        let payload = try await payload(of: object, head)
        let chunks = AgeRange(range ?? 0..<size, of: payload, size: size)
        let start = Int64(head.size)
        let stored = try await store.get(
            key, range: start + chunks.encrypted.lowerBound..<start + chunks.encrypted.upperBound)
        let reading = DecryptedReading(stored, chunks, key)
        return ObjectReader(key: key, location: location, size: Int64((range ?? 0..<size).count)) {
            try await reading.next()
        }
    }

    /// Asked of the store once for each object.
    private func payload(of object: Manifest.StoredObject, _ head: Manifest.ObjectHead) async throws -> AgePayload {
        if let known = payloads.of(object.key) { return known }
        guard let opening else { throw DumpIdentities.missing(object.key) }
        let bytes = try await store.get(object.key, range: 0..<Int64(head.size)).collect(limit: head.size)
        do {
            let payload = try opening.payload(of: object, head: bytes)
            payloads.keep(payload, of: object.key)
            return payload
        } catch let error as DamagedBytes {
            throw Self.damaged(object.key, error.reason)
        }
    }

    static func damaged(_ key: String, _ reason: String) -> NightjarError {
        NightjarError(.difference, "\(key) is damaged: \(reason)", hint: DumpOpening.distrust)
    }

    private final class Payloads: Sendable {
        private let known = Mutex<[String: AgePayload]>([:])

        func of(_ key: String) -> AgePayload? { known.withLock { $0[key] } }
        func keep(_ payload: AgePayload, of key: String) { known.withLock { $0[key] = payload } }
    }
}

/// One reading of a range, for one reader, which waits for each call to end before the next one.
private actor DecryptedReading {
    private var stored: ObjectReader.Iterator?
    private var chunks: AgeRange
    private let key: String

    init(_ stored: ObjectReader, _ chunks: AgeRange, _ key: String) {
        self.stored = stored.makeAsyncIterator()
        self.chunks = chunks
        self.key = key
    }

    func next() async throws -> [UInt8]? {
        guard var iterator = stored else { return nil }
        let bytes = try await iterator.next()
        stored = bytes == nil ? nil : iterator
        var opened: [UInt8] = []
        do {
            if let bytes {
                try bytes.withUnsafeBytes { try chunks.append($0) { opened += $0 } }
            } else {
                try chunks.finish { opened += $0 }
            }
        } catch let error as AgeError {
            throw DecryptedObjects.damaged(key, "\(error)")
        }
        return bytes == nil && opened.isEmpty ? nil : opened
    }
}
