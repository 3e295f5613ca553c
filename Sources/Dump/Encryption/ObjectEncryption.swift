import Age
import Crypto
import Model

/// For whom a run's objects are encrypted, and with what.
struct ObjectEncryption: Sendable {
    let recipients: [AgeRecipient]
    let key: RunKey

    /// What an object begins with: the header, which no two have in common, and the nonce.
    func newHead(of object: String) throws -> [UInt8] {
        try AgeHeader(key.fileKey(of: object), for: recipients).encoded + AgePayload.newNonce()
    }
}

/// Encrypts an object's bytes on their way from the frames to the parts.
struct ObjectCipher {
    /// A header and a nonce.
    private let head: [UInt8]
    private var writer: AgeWriter
    /// Bytes of the object so far, as they are stored.
    private(set) var size: Int64

    /// - Parameters:
    ///   - head: What the object begins with.
    ///   - size: Stored bytes that an earlier process has made of it; 0 where nothing is there.
    ///   - tail: What that process held back.
    init(_ encryption: ObjectEncryption, of object: String, head: [UInt8], after size: Int64, tail: [UInt8]) {
        self.head = head
        self.size = size
        let payload = AgePayload(
            encryption.key.fileKey(of: object), nonce: Array(head.suffix(AgePayload.nonceSize)))
        let chunks = max(size - Int64(head.count), 0) / Int64(AgePayload.chunkSize + AgePayload.tagSize)
        writer = AgeWriter(payload, after: UInt64(chunks), pending: tail)
    }

    /// Bytes that wait for the end of their chunk.
    var tail: [UInt8] { writer.pending }

    /// Gives what stands before the first byte, unless it was given before.
    mutating func begin(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard size == 0 else { return }
        try head.withUnsafeBytes { try give($0, to: sink) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var given: Int64 = 0
        try writer.append(bytes) { chunk in
            given += Int64(chunk.count)
            try sink(chunk)
        }
        size += given
    }

    mutating func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var given: Int64 = 0
        try writer.finish { chunk in
            given += Int64(chunk.count)
            try sink(chunk)
        }
        size += given
    }

    /// What a manifest says of it.
    var record: Manifest.ObjectHead {
        Manifest.ObjectHead(size: head.count, sha256: Hex.encode(SHA256.hash(data: head)))
    }

    private mutating func give(
        _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try sink(bytes)
        size += Int64(bytes.count)
    }
}
