import Foundation
import Testing

@testable import SQLite

@Suite("Small pieces of SQLite's memory are kept by the thread that freed them")
struct StatementMemoryTests {
    @Test("and given out for its next statement", .enabled(if: !StatementMemory.isSanitized))
    func isUsed() throws {
        let database = try Database.inMemory()
        try database.execute("CREATE TABLE t(a, b)")
        let rows = (0..<250).map { "(\($0),'\($0)')" }.joined(separator: ",")
        try database.execute("INSERT INTO t VALUES\(rows)")
        let kept = StatementMemory.keptBytes
        #expect(kept > 10_000)
        try database.execute("INSERT INTO t VALUES\(rows)")
        #expect(abs(StatementMemory.keptBytes - kept) < 10_000)
    }

    @Test("up to a bound, whatever is freed")
    func bounded() throws {
        for size in [16, 200, 1024, 1025, 40_000] {
            let pieces = try (0..<4 * StatementMemory.mostKept / size).map { _ in
                try #require(StatementMemory.allocate(size))
            }
            #expect(Set(pieces).count == pieces.count)
            for piece in pieces { StatementMemory.free(piece) }
            #expect((0...StatementMemory.mostKept).contains(StatementMemory.keptBytes))
        }
    }

    @Test("and what a piece holds moves with it when it grows or shrinks")
    func resized() throws {
        let sizes = [1, 15, 16, 17, 500, 1023, 1024, 1025, 3000, 100_000]
        for old in sizes {
            for new in sizes {
                let piece = try #require(StatementMemory.allocate(old))
                #expect(Int(bitPattern: piece) % 8 == 0)
                for index in 0..<old {
                    piece.storeBytes(of: UInt8(truncatingIfNeeded: index &* 7), toByteOffset: index, as: UInt8.self)
                }
                let moved = try #require(StatementMemory.resize(piece, new))
                memset(moved + min(old, new), 0xff, new - min(old, new))
                let bytes = UnsafeRawBufferPointer(start: moved, count: min(old, new))
                #expect(bytes.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0 &* 7) }, "\(old) to \(new)")
                StatementMemory.free(moved)
            }
        }
    }

    @Test("also where another thread frees what this one took, and ends")
    func betweenThreads() async throws {
        for _ in 0..<20 {
            let addresses = (0..<5000).map { StatementMemory.allocate(1 + $0 % 1500).map { UInt(bitPattern: $0) } }
            let kept = await withCheckedContinuation { done in
                let thread = Thread {
                    for address in addresses {
                        StatementMemory.free(address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) })
                    }
                    done.resume(returning: StatementMemory.keptBytes)
                }
                thread.start()
            }
            #expect(!addresses.contains(nil) && (1...StatementMemory.mostKept).contains(kept))
        }
    }
}
