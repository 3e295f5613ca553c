import Pipeline
import SQLite
import Testing

@testable import Dump

@Suite struct RealLiteralTests {
    /// A generator that gives the same numbers everywhere.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// What SQLite reads for the literals of `reals`, as an expression in a statement.
    private static func readBack(_ reals: [Double]) throws -> [Double] {
        let database = try Database.inMemory()
        var found: [Double] = []
        for start in stride(from: 0, to: reals.count, by: 500) {
            let literals = try reals[start..<min(start + 500, reals.count)].map { real in
                let literal = try Self.literal(real)
                #expect(literal.utf8.count < RealLiteral.bound(real))
                return "(\(literal))"
            }
            let statement = try database.prepare("SELECT column1 FROM (VALUES\(literals.joined(separator: ",")))")
            while try statement.step() {
                guard case .real(let real) = statement.value(at: 0) else {
                    Issue.record("not a REAL: \(statement.value(at: 0))")
                    continue
                }
                found.append(real)
            }
        }
        return found
    }

    private static func literal(_ real: Double) throws -> String {
        let queue = BoundedQueue<DumpBlock>(capacity: 1)
        var output = DumpOutput(queue)
        try output.ensure(RealLiteral.maximumLength)
        try RealLiteral().put(real, to: &output)
        try output.endObject()
        output.finish()
        return try queue.receive().map { String(decoding: $0.text.bytes, as: UTF8.self) } ?? ""
    }

    private static func expectExact(_ reals: [Double]) throws {
        let found = try readBack(reals)
        try #require(found.count == reals.count)
        for (expected, found) in zip(reals, found) where expected.bitPattern != found.bitPattern {
            Issue.record("\(expected) (\(String(expected.bitPattern, radix: 16))) was read as \(found)")
        }
    }

    @Test("Any bit pattern is read back to the same bits")
    func randomPatterns() throws {
        var generator = SplitMix(state: 1)
        let reals = (0..<200_000).map { _ in Double(bitPattern: generator.next()) }.filter { !$0.isNaN }
        try Self.expectExact(reals)
    }

    @Test("Numbers of everyday sizes are read back to the same bits")
    func everyday() throws {
        var generator = SplitMix(state: 2)
        var reals: [Double] = []
        for _ in 0..<30_000 {
            reals.append(Double.random(in: -1...1, using: &generator))
            reals.append(Double(Int.random(in: -10_000_000...10_000_000, using: &generator)) / 100)
            reals.append(Double(Int.random(in: 0...Int.max, using: &generator)))
            reals.append(Double.random(in: 0...1e12, using: &generator).rounded() / 1e6)
        }
        try Self.expectExact(reals)
    }

    @Test("The ends of the range are read back to the same bits")
    func extremes() throws {
        var reals: [Double] = [
            0, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1e22, 1e23, 9007199254740993, 0.1, 1e15, 1e308, 5e-324,
            9.2233720368547758e18, 1.7976931348623155e308,
        ]
        for exponent in -1074...1023 {
            let power = Double(sign: .plus, exponent: exponent, significand: 1)
            reals += [power, power.nextUp, -power.nextDown]
        }
        try Self.expectExact(reals)
    }

    @Test("The exact form alone carries every number")
    func exactForm() throws {
        var generator = SplitMix(state: 3)
        let database = try Database.inMemory()
        for _ in 0..<2_000 {
            let real = Double(bitPattern: generator.next())
            guard real.isFinite, real != 0 else { continue }
            let rows = try database.rows("SELECT \(RealLiteral.exact(real))")
            #expect(rows == [[.real(real)]])
        }
    }

    @Test("Prices stay readable", arguments: [(19.99, "19.99"), (-0.5, "-0.5"), (5, "5.0"), (0.000001, "0.000001")])
    func readable(real: Double, text: String) throws {
        #expect(try Self.literal(real) == text)
    }
}
