import Pipeline
import Zstandard

@testable import Restore

extension FuzzTarget {
    /// A dump is decompressed, and its seek table judged, alike in whichever pieces it comes.
    static let zstd = FuzzTarget(name: "zstd") { bytes in
        let whole = Decoded(bytes, by: max(bytes.count, 1))
        for size in [1, 7, 100] {
            let parts = Decoded(bytes, by: size)
            // libzstd holds a frame against the size that it says it has when all of it comes at once, and not where its last
            // block is empty and comes by itself: what the frame gives is nothing then, and what follows may be sound.
            if whole.endsWhole == nil { continue }
            try require(whole == parts, "in pieces of \(size) bytes it is \(parts), and at once \(whole)")
        }
    }

    private struct Decoded: Equatable, CustomStringConvertible {
        /// A few bytes may hold gigabytes.
        private static let most = 1 << 20
        private struct Enough: Error {}

        var text: [UInt8] = []
        /// nil where it cannot be decompressed.
        var endsWhole: Bool?
        var complaint: String?

        init(_ bytes: [UInt8], by size: Int) {
            final class Text { var bytes: [UInt8] = [] }
            let text = Text()
            do {
                let decoder = try DumpDecoder(compression: "zstd", cut: .anywhere) { block in
                    text.bytes += block.bytes
                    if text.bytes.count > Self.most { throw Enough() }
                }
                for start in stride(from: 0, to: bytes.count, by: size) {
                    try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { try decoder.append($0) }
                }
                endsWhole = try decoder.finish()
                complaint = decoder.seekTableComplaint
                self.text = text.bytes
            } catch {
                // How much came before what is damaged is not promised.
            }
        }

        var description: String {
            "\(text.count) bytes, \(endsWhole.map { $0 ? "whole" : "cut off" } ?? "damaged"), \(complaint ?? "a sound table")"
        }
    }
}
