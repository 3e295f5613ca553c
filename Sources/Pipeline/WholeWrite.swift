import Glibc

/// Writing to a descriptor of whatever kind: write(2) may take a part only, or be interrupted.
package enum WholeWrite {
    /// - Returns: false where not all of it could be written; `errno` says why.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes
        while let start = rest.baseAddress, rest.count > 0 {
            let written = Glibc.write(descriptor, start, rest.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = UnsafeRawBufferPointer(start: start + written, count: rest.count - written)
        }
        return true
    }
}
