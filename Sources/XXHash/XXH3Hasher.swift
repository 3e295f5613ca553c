import CXXHash

/// XXH3, 128 bits, seed 0: <https://github.com/Cyan4973/xxHash>.
package final class XXH3Hasher {
    private let state: OpaquePointer

    package init() {
        // XXH3_createState fails only when there is no memory for 576 bytes.
        guard let state = XXH3_createState() else { fatalError("no memory for a hash state") }
        self.state = state
        XXH3_128bits_reset(state)
    }

    deinit {
        XXH3_freeState(state)
    }

    /// The hash of `bytes` alone.
    @inline(__always)
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt128 {
        join(XXH3_128bits(bytes.baseAddress, bytes.count))
    }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        XXH3_128bits_update(state, bytes.baseAddress, bytes.count)
    }

    /// The hash of all bytes so far; more may follow.
    package var hash: UInt128 { Self.join(XXH3_128bits_digest(state)) }

    /// The hash of all bytes since the last call, or the beginning.
    package func finish() -> UInt128 {
        defer { XXH3_128bits_reset(state) }
        return hash
    }

    @inline(__always)
    private static func join(_ hash: XXH128_hash_t) -> UInt128 {
        UInt128(hash.high64) << 64 | UInt128(hash.low64)
    }
}
