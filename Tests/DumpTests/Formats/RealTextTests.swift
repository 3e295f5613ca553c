import Glibc
import TestSupport
import Testing

@testable import Dump

@Suite("REALs as decimals") struct RealTextTests {
    private static func texts(_ reals: [Double]) throws -> [String] {
        let bytes = try WrittenRows.bytes { output in
            for real in reals {
                try output.ensure(RealText.room + 1)
                RealText.put(real, to: &output)
                output.put(UInt8(ascii: "\n"))
            }
        }
        return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Each is read back to the same bits.
    private static func expectExact(_ reals: [Double]) throws {
        let texts = try texts(reals)
        try #require(texts.count == reals.count)
        for (real, text) in zip(reals, texts)
        where strtod(text, nil).bitPattern != real.bitPattern || Double(text)?.bitPattern != real.bitPattern
            || text.utf8.count > RealText.room
        {
            Issue.record("\(real) was written as \(text)")
        }
    }

    /// Each has no digit too many, and is a number of JSON that is no integer.
    private static func expectShort(_ reals: [Double]) throws {
        var shapes: Set<[UInt8]> = []
        for (real, text) in zip(reals, try texts(reals)) {
            if significand(text) != significand(real.description) {
                Issue.record("\(real) was written as \(text)")
            }
            shapes.insert(shape(text))
        }
        let numbers = ["0.9", "9.9", "9e+9", "9e-9", "9.9e+9", "9.9e-9"].flatMap { [$0, "-" + $0] }
        #expect(shapes.isSubset(of: numbers.map { Array($0.utf8) }))
    }

    /// The digits from the first to the last that is not zero.
    private static func significand(_ text: String) -> ArraySlice<UInt8> {
        let digits = text.utf8.prefix { $0 != UInt8(ascii: "e") }.filter { $0 >= 48 }.drop { $0 == 48 }
        return digits.prefix(through: digits.lastIndex { $0 != 48 } ?? digits.startIndex - 1)
    }

    /// The text with one 9 for every run of digits, and a zero for one that begins with it and stands in front.
    private static func shape(_ text: String) -> [UInt8] {
        var shape: [UInt8] = []
        for byte in text.utf8 {
            guard (48...57).contains(byte) else {
                shape.append(byte)
                continue
            }
            if let last = shape.last, last == 48 || last == 57 {
                // A zero in front stands alone.
                if last == 48 { shape.append(byte) }
            } else {
                shape.append(byte == 48 && !shape.contains(46) && !shape.contains(101) ? 48 : 57)
            }
        }
        return shape
    }

    @Test("Any finite bit pattern is read back to the same bits")
    func randomPatterns() throws {
        var generator = SeededGenerator(seed: 1)
        try Self.expectExact((0..<200_000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite))
    }

    @Test("Numbers of everyday sizes are read back to the same bits")
    func everyday() throws {
        var generator = SeededGenerator(seed: 2)
        var reals: [Double] = []
        for _ in 0..<5_000 {
            reals.append(Double.random(in: -1...1, using: &generator))
            reals.append(Double(Int.random(in: -10_000_000...10_000_000, using: &generator)) / 100)
            reals.append(Double(Int.random(in: 0...Int.max, using: &generator)))
            reals.append(Double(Int.random(in: 0...1 << 54, using: &generator)))
            reals.append(Double.random(in: 0...1e15, using: &generator).rounded() / 1e6)
            reals.append(Double.random(in: 0...1e15, using: &generator).rounded() / 1e9)
            // Up to 15 digits, behind whichever number of zeros, and their neighbours.
            let digits = Double(Int.random(in: 1..<1_000_000_000_000_000, using: &generator))
            let decimal = digits / pow(10, Double(Int.random(in: 0...22, using: &generator)))
            reals += [decimal, decimal.nextUp, decimal.nextDown, -decimal]
            // The neighbours of short decimals are none.
            reals.append((Double(Int.random(in: 0...1_000_000_000, using: &generator)) / 1e6).nextUp)
        }
        try Self.expectExact(reals)
        try Self.expectShort(reals)
    }

    @Test("Numbers of each size are read back to the same bits", arguments: -30...60)
    func sizes(exponent: Int) throws {
        var generator = SeededGenerator(seed: UInt64(exponent + 100))
        let power = Double(sign: .plus, exponent: exponent, significand: 1)
        var reals = [
            power, power.nextUp, power.nextUp.nextUp, (2 * power).nextDown, 1.5 * power, power + 0.5, power + 0.125,
        ]
        for _ in 0..<2_000 { reals.append(Double.random(in: power..<2 * power, using: &generator)) }
        try Self.expectExact(reals)
        try Self.expectShort(reals)
    }

    @Test("The ends of the range are read back to the same bits")
    func extremes() throws {
        var reals: [Double] = [
            0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
            -.greatestFiniteMagnitude, 1e15, 99_999_999_999_999.9, 999_999_999_999_999.5, 0.0001,
            0.00009999999999999999,
            4_503_599_627_370_495.5, 0.000123456789012345, 1e16, 1e22, 1e23, 9_007_199_254_740_991,
            9_007_199_254_740_992, 0.1,
            0.000001, 0.000000001, 9.2233720368547758e18, 1.7976931348623155e308, 999_999_999.999999, 999_999.999999999,
        ]
        for exponent in -1074...1023 {
            let power = Double(sign: .plus, exponent: exponent, significand: 1)
            reals += [power, power.nextUp, -power.nextDown]
        }
        try Self.expectExact(reals)
        try Self.expectShort(reals)
    }

    @Test(
        "Prices and places stay readable",
        arguments: [
            (19.99, "19.99"), (-0.5, "-0.5"), (5, "5.0"), (0.000001, "0.000001"), (-0.0, "-0.0"), (0, "0.0"),
            (52.5200066, "52.5200066"), (20.8891226231225, "20.8891226231225"), (0.0001998442499, "0.0001998442499"),
            (1.234e-5, "1.234e-05"), (1e15, "1000000000000000.0"), (1e300, "1e+300"), (1e-10, "1e-10"),
        ])
    func readable(real: Double, text: String) throws {
        #expect(try Self.texts([real]) == [text])
    }
}
