import FoundationEssentials

/// Decrypts a range of a payload without the bytes before and behind it: those of the chunks that hold it are enough.
package struct AgeRange {
    private static let sealedSize = Int64(AgePayload.chunkSize + AgePayload.tagSize)

    private let payload: AgePayload
    /// The number of the payload's last chunk, counted from 0.
    private let lastChunk: UInt64
    /// What is wanted, in the bytes that were encrypted.
    private let range: Range<Int64>
    /// Which of the payload's bytes hold it, counted from behind the nonce.
    package let encrypted: Range<Int64>
    private var pending: [UInt8] = []
    private var chunk: UInt64
    private let end: UInt64

    /// - Parameters:
    ///   - size: Of all that was encrypted.
    ///   - range: Within `0..<size`.
    package init(_ range: Range<Int64>, of payload: AgePayload, size: Int64) {
        precondition(range.lowerBound >= 0 && range.upperBound <= size)
        self.payload = payload
        self.range = range
        let plainSize = Int64(AgePayload.chunkSize)
        let chunks = max(1, (size + plainSize - 1) / plainSize)
        lastChunk = UInt64(chunks - 1)
        // Of nothing at all there is a chunk, too, which shows that nothing was cut off.
        let isWhole = range.lowerBound == 0 && range.upperBound == size
        let first = range.lowerBound / plainSize
        let behind = range.isEmpty && !isWhole ? first : max(first + 1, (range.upperBound + plainSize - 1) / plainSize)
        chunk = UInt64(first)
        end = UInt64(behind)
        encrypted =
            first * Self.sealedSize..<min(behind * Self.sealedSize, AgePayload.encryptedSize(of: size))
        pending.reserveCapacity(Int(Self.sealedSize))
    }

    /// - Parameter bytes: The next ones of `encrypted`.
    /// - Throws: `AgeError.payload`; what `sink` throws.
    package mutating func append(
        _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard chunk < end else { throw AgePayload.excess }
            let fitting = rest.prefix(Int(Self.sealedSize) - pending.count)
            pending.append(contentsOf: fitting)
            rest = rest.dropFirst(fitting.count)
            if pending.count == Int(Self.sealedSize) { try endChunk(to: sink) }
        }
    }

    /// - Throws: `AgeError.payload`, also where bytes are missing; what `sink` throws.
    package mutating func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        if chunk == lastChunk, chunk < end, !pending.isEmpty { try endChunk(to: sink) }
        guard chunk == end, pending.isEmpty else { throw AgePayload.truncation }
    }

    private mutating func endChunk(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let opened = pending.withUnsafeBytes { payload.open($0, number: chunk, isLast: chunk == lastChunk) }
        guard let opened else {
            throw AgePayload.damage(chunk: chunk)
        }
        let start = Int64(chunk) * Int64(AgePayload.chunkSize)
        let from = max(range.lowerBound - start, 0), to = min(range.upperBound - start, Int64(opened.count))
        chunk += 1
        pending.removeAll(keepingCapacity: true)
        guard from < to else { return }
        try opened.withUnsafeBytes { try sink(UnsafeRawBufferPointer(rebasing: $0[Int(from)..<Int(to)])) }
    }
}
