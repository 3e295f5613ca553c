import TestSupport
import Testing

@testable import Age

@Suite("Bech32") struct Bech32Tests {
    /// Of BIP 173, but for those that hold no whole bytes.
    @Test(
        "takes what is sound",
        arguments: [
            ("A12UEL5L", "a"), ("a12uel5l", "a"), ("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef"),
            ("a1qqqd87cq", "a"),
            ("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split"),
            (
                "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
                "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio"
            ),
        ])
    func sound(text: String, prefix: String) throws {
        let decoded = try #require(Bech32.decode(text.utf8))
        #expect(decoded.prefix == prefix)
        #expect(Bech32.encode(decoded.bytes, prefix: prefix) == text.lowercased())
    }

    @Test(
        "refuses what is not",
        arguments: [
            "", "1", "a", "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8", "1qzzfhee",
            "A12UEL5l", "a12uel5m", "a12uel5", "\u{20}1nwldj5", "\u{7F}1axkwrx", "de1lg7wt\u{FF}",
            // Sound checksums; bits are left over that are a whole group, or not zero.
            "a1q3g6mn3", "a1qqqd87cpp", "a1qpamnt9j",
        ])
    func refused(text: String) {
        #expect(Bech32.decode(text.utf8) == nil, "\(text)")
    }

    @Test("brings back any bytes, and notices one letter that changes")
    func roundTrips() throws {
        var generator = SeededGenerator(seed: 173)
        for count in 0...70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Bech32.encode(bytes, prefix: "age")
            let decoded = try #require(Bech32.decode(text.utf8))
            #expect(decoded.prefix == "age" && decoded.bytes == bytes)
            #expect(Bech32.decode(text.uppercased().utf8)?.bytes == bytes)
            var other = Array(text.utf8)
            let place = Int.random(in: 4..<other.count, using: &generator)
            other[place] = other[place] == UInt8(ascii: "q") ? UInt8(ascii: "p") : UInt8(ascii: "q")
            #expect(Bech32.decode(other) == nil)
        }
    }
}
