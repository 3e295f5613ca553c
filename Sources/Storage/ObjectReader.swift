import Model

/// The bytes of an object in order, a chunk at a time; for one reader.
///
/// Throws a `StoreError` if the store gives fewer or more bytes than `size`. Dropping the reader frees what it holds.
package struct ObjectReader: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    /// How many bytes this reader gives.
    package let size: Int64
    let key: String
    let location: String
    let pull: @Sendable () async throws -> [UInt8]?

    /// - Parameter pull: gives the next bytes, or nil at the end; what it captures is freed with the reader.
    package init(
        key: String, location: String, size: Int64, pull: @escaping @Sendable () async throws -> [UInt8]?
    ) {
        self.key = key
        self.location = location
        self.size = size
        self.pull = pull
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(reader: self, left: size)
    }

    /// All bytes at once, for small objects.
    ///
    /// - Throws: `StoreError` with code `io` when there are more than `limit`.
    package func collect(limit: Int) async throws -> [UInt8] {
        guard size <= limit else { throw failure("it has \(size) bytes, more than the \(limit) expected here") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size))
        var iterator = makeAsyncIterator()
        while let chunk = try await iterator.next() { bytes += chunk }
        return bytes
    }

    package struct Iterator: AsyncIteratorProtocol, Sendable {
        let reader: ObjectReader
        var left: Int64

        package mutating func next() async throws -> [UInt8]? {
            while let chunk = try await reader.pull() {
                if chunk.isEmpty { continue }
                left -= Int64(chunk.count)
                guard left >= 0 else {
                    throw reader.failure("the store gave more than the \(reader.size) bytes announced")
                }
                return chunk
            }
            guard left == 0 else {
                throw reader.failure("the bytes ended \(left) short of the \(reader.size) announced")
            }
            return nil
        }
    }

    private func failure(_ reason: String) -> StoreError {
        StoreError(.io, operation: "read", key: key, location: location, reason: reason)
    }
}
