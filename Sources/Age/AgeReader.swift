import FoundationEssentials

/// Decrypts a payload as its bytes come, in constant memory. Nothing is given that was not found to be what was encrypted, in
/// its place; that it is all of it, `finish` tells.
package struct AgeReader {
    private static let sealedSize = AgePayload.chunkSize + AgePayload.tagSize

    private let payload: AgePayload
    private var pending: [UInt8] = []
    private var chunks: UInt64 = 0
    private var hasEnded = false

    package init(_ payload: AgePayload) {
        self.payload = payload
        pending.reserveCapacity(Self.sealedSize)
    }

    /// - Throws: `AgeError.payload`; what `sink` throws.
    package mutating func append(
        _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard !hasEnded else { throw AgePayload.excess }
            if pending.count == Self.sealedSize {
                try endFullChunk(to: sink)
                continue
            }
            let fitting = rest.prefix(Self.sealedSize - pending.count)
            pending.append(contentsOf: fitting)
            rest = rest.dropFirst(fitting.count)
        }
    }

    /// Gives the last chunk.
    ///
    /// - Throws: `AgeError.payload`, also where bytes are missing; what `sink` throws.
    package mutating func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        if hasEnded { return }
        guard !pending.isEmpty else { throw AgePayload.truncation }
        guard pending.count > AgePayload.tagSize || chunks == 0 else {
            throw AgeError.payload("its last chunk is empty")
        }
        guard let chunk = open(isLast: true) else {
            guard let chunk = open(isLast: false) else { throw damage }
            // A full one is sound by itself, though others are missing behind it.
            if chunk.count == AgePayload.chunkSize { try chunk.withUnsafeBytes { try sink($0) } }
            throw AgePayload.truncation
        }
        hasEnded = true
        try chunk.withUnsafeBytes { try sink($0) }
    }

    /// Ends a chunk of full length that bytes follow.
    private mutating func endFullChunk(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var chunk = open(isLast: false)
        if chunk == nil {
            chunk = open(isLast: true)
            hasEnded = chunk != nil
        }
        guard let chunk else { throw damage }
        chunks += 1
        pending.removeAll(keepingCapacity: true)
        try chunk.withUnsafeBytes { try sink($0) }
    }

    private var damage: AgeError { AgePayload.damage(chunk: chunks) }

    private func open(isLast: Bool) -> Data? {
        pending.withUnsafeBytes { payload.open($0, number: chunks, isLast: isLast) }
    }
}
