import FoundationEssentials

/// Encrypts bytes as they come, in constant memory. A file has the header, a nonce, and what this gives.
package struct AgeWriter {
    private let payload: AgePayload
    /// Those of the chunk that has not ended; a full one waits too, for it may be the last.
    package private(set) var pending: [UInt8]
    /// Chunks that were given.
    package private(set) var chunks: UInt64

    /// - Parameters:
    ///   - chunks: Those that another writer of the same payload has given.
    ///   - pending: What it held back.
    package init(_ payload: AgePayload, after chunks: UInt64 = 0, pending: [UInt8] = []) {
        self.payload = payload
        self.chunks = chunks
        self.pending = pending
        self.pending.reserveCapacity(AgePayload.chunkSize)
    }

    package mutating func append(
        _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if pending.count == AgePayload.chunkSize { try endChunk(isLast: false, to: sink) }
            // What fills a chunk by itself need not be kept, unless it may be the last one.
            if pending.isEmpty, rest.count > AgePayload.chunkSize {
                try write(UnsafeRawBufferPointer(rebasing: rest.prefix(AgePayload.chunkSize)), isLast: false, to: sink)
                rest = rest.dropFirst(AgePayload.chunkSize)
                continue
            }
            let fitting = rest.prefix(AgePayload.chunkSize - pending.count)
            pending.append(contentsOf: fitting)
            rest = rest.dropFirst(fitting.count)
        }
    }

    /// Gives the last chunk.
    package mutating func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try endChunk(isLast: true, to: sink)
    }

    private mutating func endChunk(isLast: Bool, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let chunk = pending
        pending.removeAll(keepingCapacity: true)
        try chunk.withUnsafeBytes { try write($0, isLast: isLast, to: sink) }
    }

    private mutating func write(
        _ chunk: UnsafeRawBufferPointer, isLast: Bool, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let sealed = try payload.seal(chunk, number: chunks, isLast: isLast)
        chunks += 1
        try sealed.withUnsafeBytes { try sink($0) }
    }
}
