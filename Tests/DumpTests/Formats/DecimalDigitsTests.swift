import Testing

@testable import Dump

@Suite("Whole numbers in digits") struct DecimalDigitsTests {
    /// Each power of ten and of two, and their neighbours.
    private static let borders: [UInt64] = {
        let powers = DecimalDigits.powers + (0..<64).map { UInt64(1) << UInt64($0) }
        return powers.flatMap { [$0 - 1, $0, $0 + 1] } + [.max - 1, .max]
    }()

    @Test("have as many as they are written with")
    func borders() throws {
        #expect(DecimalDigits.powers.last == 10_000_000_000_000_000_000)
        for number in Self.borders {
            let written = try WrittenRows.bytes { output in
                try output.ensure(20)
                output.put(decimal: number)
            }
            #expect(written == Array("\(number)".utf8))
        }
    }

    @Test("are right in each half of a word")
    func halves() throws {
        for half in 0..<10_000 as Range<UInt64> {
            for number in [half, half * 10_000, half * 100_010_001] {
                let written = try WrittenRows.bytes { output in
                    try output.ensure(20)
                    output.put(decimal: number)
                }
                #expect(written == Array("\(number)".utf8))
            }
        }
    }

    @Test("have zeros in front, up to any width")
    func widths() throws {
        for number in Self.borders {
            let digits = Array("\(number)".utf8)
            for count in digits.count...24 {
                let written = try WrittenRows.bytes { output in
                    try output.ensure(24)
                    output.put { target in
                        DecimalDigits.write(number, count, to: target)
                        return count
                    }
                }
                #expect(written == Array(repeating: UInt8(ascii: "0"), count: count - digits.count) + digits)
            }
        }
    }

    @Test("may be negative", arguments: [Int64.min, .min + 1, -10, -1, 0, 1, .max])
    func signs(number: Int64) throws {
        let written = try WrittenRows.bytes { output in
            try output.ensure(20)
            output.put(decimal: number)
        }
        #expect(written == Array("\(number)".utf8))
    }
}
