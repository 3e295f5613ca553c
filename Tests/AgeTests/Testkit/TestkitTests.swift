import Crypto
import Foundation
import Testing

@testable import Age

@Suite("The age project's test vectors") struct TestkitTests {
    @Test("are made here as they were published")
    func sameBytes() throws {
        var file = TestkitFile()
        file.version()
        try file.x25519(TestkitFile.firstIdentity)
        file.code()
        try file.payload("age")
        #expect(try AgeArmor.decode(Array(ArmorVector.sound.utf8)) == file.bytes)

        let lines = """
            YWdlLWVuY3J5cHRpb24ub3JnL3YxDQotPiBYMjU1MTkgVEVpRjB5cHFyK2JwdmNx
            WE55Q1ZKcEw3T3V3UGRWd1BMN0tRRWJGRE9DYw0KaGphYkdYd1NMUTljM1M2THcy
            aStTMlR1MmZpd1FISHNsYkJONkI0MUZMRQ0KLS0tIDJLSUdiN3llMzJNV3RVdUVW
            V2tPM01QNnFDREx6T3ZUOXdGMDZsZWxCU0kNCu7PYsfOkbQzJ05o1PL5E0y3TFv+
            976qUsjwvA6ZLB6DMftm
            """
        var other = TestkitFile()
        try #require(Vector.all.first { $0.name == "header_crlf" }).make(&other)
        #expect(other.bytes == TestkitFile.bytes(base64: lines.replacing("\n", with: "")))
    }

    @Test("are the published ones with another identity and a recipient in front")
    func publishedHeaders() throws {
        var lowOrder = TestkitFile()
        try #require(Vector.all.first { $0.name == "x25519_low_order" }).make(&lowOrder)
        let header = """
            age-encryption.org/v1
            -> X25519 X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEdc
            3E0NpFans/m0WLWF7+54ZBdNj3iqQqpraGDFiaRkvBA
            --- sXw327YMT1/ULXe+ZyRMbMY0Z2jnWHGgI9j1we6yQ8A

            """
        #expect(lowOrder.bytes.starts(with: header.utf8))

        var two = TestkitFile()
        two.version()
        try two.x25519(two.random(32))
        try two.x25519(TestkitFile.firstIdentity)
        two.code()
        let other = """
            age-encryption.org/v1
            -> X25519 ajtqAvDEkVNr2B7zUOtq2mAQXDSBlNrVAuM/dKb5sT4
            0evrK/HQXVsQ4YaDe+659l5OQzvAzD2ytLGHQLQiqxg
            -> X25519 0qC7u6AbLxuwnM8tPFOWVtWZn/ZZe7z7gcsP5kgA0FI
            T/PZg76MmVt2IaLntrxppzDnzeFDYHsHFcnTnhbRLQ8
            --- 7W07ef2PhsTAl74pn+9vSj/Xzukwa6SuTqMc16cdBk0

            """
        #expect(two.bytes == Array(other.utf8))
    }

    /// How many bytes come at a time matters to nobody.
    @Test("come to what they should", arguments: Vector.all, [1 << 20, 64 << 10, 1000])
    func vectors(_ vector: Vector, step: Int) throws {
        var file = TestkitFile()
        try vector.make(&file)
        var given: [UInt8] = []
        let expectation: Vector.Expectation
        do {
            try Self.decrypt(file.bytes, vector, step) { given += $0 }
            expectation = .success
            #expect(given == file.payload)
        } catch let error as AgeError {
            #expect(!error.description.isEmpty)
            switch error {
            case .header: expectation = .headerFailure
            case .noMatch: expectation = .noMatch
            case .headerAuthentication: expectation = .authenticationFailure
            case .payload: expectation = .payloadFailure(after: given.count)
            case .armor, .key: throw error
            }
            #expect(given.elementsEqual(file.payload.prefix(given.count)))
        }
        #expect(expectation == vector.expectation)
    }

    @Test("have headers that are written as they are read", arguments: Vector.all)
    func headers(_ vector: Vector) throws {
        var file = TestkitFile()
        try vector.make(&file)
        guard let (header, size) = try? AgeHeader.parse(file.bytes) else {
            #expect(vector.expectation == .headerFailure)
            return
        }
        #expect(header.encoded == Array(file.bytes.prefix(size)))
    }

    private static func decrypt(
        _ bytes: [UInt8], _ vector: Vector, _ step: Int, to sink: (UnsafeRawBufferPointer) -> Void
    ) throws {
        // A header's bytes come one after the other, too.
        var parsed: (header: AgeHeader, size: Int)?
        for count in sequence(
            first: min(step, bytes.count), next: { $0 < bytes.count ? min($0 + step, bytes.count) : nil })
        where parsed == nil { parsed = try AgeHeader.parse(bytes.prefix(count)) }
        guard let (header, size) = parsed else { throw AgeError.header("cut off") }
        let key =
            if let passphrase = vector.passphrase {
                try header.fileKey(passphrase: passphrase)
            } else {
                try header.fileKey(with: [
                    try AgeIdentity(Bech32.encode(vector.identity, prefix: AgeIdentity.prefix).uppercased())
                ])
            }
        var rest = bytes.dropFirst(size)
        guard rest.count >= AgePayload.nonceSize else { throw AgeError.header("cut off") }
        var reader = AgeReader(AgePayload(key, nonce: Array(rest.prefix(AgePayload.nonceSize))))
        rest = rest.dropFirst(AgePayload.nonceSize)
        while !rest.isEmpty {
            try rest.prefix(step).withUnsafeBytes { try reader.append($0, to: sink) }
            rest = rest.dropFirst(step)
        }
        try reader.finish(to: sink)
    }
}
