import TestSupport
import Testing

@testable import Age

@Suite("A payload") struct AgePayloadTests {
    /// Around each border of the first chunks, and some between them.
    static let borders: [Int] =
        [0, 1, 15, 16, 17, 1000]
        + (1...4).flatMap { chunk in (-17...17).map { chunk * AgePayload.chunkSize + $0 } }

    private static func bytes(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(count))
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private static func encrypted(_ bytes: [UInt8], _ payload: AgePayload, step: Int) throws -> [UInt8] {
        var writer = AgeWriter(payload)
        var result: [UInt8] = []
        try forEachPiece(of: bytes, step) { try writer.append($0) { result += $0 } }
        try writer.finish { result += $0 }
        return result
    }

    private static func decrypted(_ bytes: [UInt8], _ payload: AgePayload, step: Int) throws -> [UInt8] {
        var reader = AgeReader(payload)
        var result: [UInt8] = []
        try forEachPiece(of: bytes, step) { try reader.append($0) { result += $0 } }
        try reader.finish { result += $0 }
        return result
    }

    private static func forEachPiece(
        of bytes: [UInt8], _ step: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        for start in stride(from: 0, to: bytes.count, by: step) {
            try bytes[start..<min(start + step, bytes.count)].withUnsafeBytes(body)
        }
    }

    @Test("comes back whatever its size, and however its bytes come", arguments: borders)
    func sizes(size: Int) throws {
        let payload = AgePayload(AgeFileKey(), nonce: AgePayload.newNonce())
        let plain = Self.bytes(size)
        let whole = try Self.encrypted(plain, payload, step: 1 << 20)
        #expect(Int64(whole.count) == AgePayload.encryptedSize(of: Int64(size)))
        #expect(AgePayload.size(ofEncrypted: Int64(whole.count)) == Int64(size))
        for step in [AgePayload.chunkSize, AgePayload.chunkSize + 1, 5000] {
            let isSame = try Self.encrypted(plain, payload, step: step) == whole
            #expect(isSame, "steps of \(step)")
            let isBack = try Self.decrypted(whole, payload, step: step) == plain
            #expect(isBack, "steps of \(step)")
        }
    }

    @Test(
        "is not taken where it was cut off, however many bytes are left", arguments: [0, 1, 5, 65_536, 65_537, 131_072])
    func cutOff(size: Int) throws {
        let payload = AgePayload(AgeFileKey(), nonce: AgePayload.newNonce())
        let whole = try Self.encrypted(Self.bytes(size), payload, step: 1 << 20)
        let borders = [65_552, 131_104].filter { $0 < whole.count }
        for count in Set([0, 1, 15, 16, 17, whole.count - 1, whole.count - 16, whole.count - 17] + borders)
        where count >= 0 && count < whole.count {
            #expect(throws: AgeError.self, "\(count) bytes of \(whole.count)") {
                try Self.decrypted(Array(whole.prefix(count)), payload, step: 1 << 20)
            }
        }
        #expect(throws: AgeError.self) { try Self.decrypted(whole + [0], payload, step: 1 << 20) }
    }

    @Test("shows where a bit was changed, or chunks stand in another order")
    func damage() throws {
        let payload = AgePayload(AgeFileKey(), nonce: AgePayload.newNonce())
        let whole = try Self.encrypted(Self.bytes(200_000), payload, step: 1 << 20)
        let sealed = AgePayload.chunkSize + AgePayload.tagSize
        for place in [0, 1, 65_535, 65_536, 65_551, sealed, 2 * sealed + 7, whole.count - 1] {
            var other = whole
            other[place] ^= 1
            let error = #expect(throws: AgeError.self) { try Self.decrypted(other, payload, step: 4000) }
            #expect(error?.description.contains("chunk \(place / sealed + 1) is damaged") == true)
        }
        var swapped = whole
        swapped.replaceSubrange(0..<2 * sealed, with: whole[sealed..<2 * sealed] + whole[..<sealed])
        #expect(throws: AgeError.self) { try Self.decrypted(swapped, payload, step: 4000) }
        #expect(throws: AgeError.self) { try Self.decrypted(Array(whole[sealed...]), payload, step: 4000) }
        let other = AgePayload(AgeFileKey(), nonce: AgePayload.newNonce())
        #expect(throws: AgeError.self) { try Self.decrypted(whole, other, step: 4000) }
    }

    @Test(
        "can be gone on with by another writer, with the same bytes",
        arguments: [0, 1, 65_535, 65_536, 65_537, 140_000])
    func resumed(place: Int) throws {
        let payload = AgePayload(AgeFileKey(), nonce: AgePayload.newNonce())
        let plain = Self.bytes(150_000)
        var result: [UInt8] = []
        var first = AgeWriter(payload)
        try plain[..<place].withUnsafeBytes { try first.append($0) { result += $0 } }
        var second = AgeWriter(payload, after: first.chunks, pending: first.pending)
        try plain[place...].withUnsafeBytes { try second.append($0) { result += $0 } }
        try second.finish { result += $0 }
        #expect(try result == Self.encrypted(plain, payload, step: 1 << 20))
    }

    @Test("has no other sizes than those of its chunks", arguments: [0, 15, 65_553, 65_568, 131_104 + 16])
    func impossible(size: Int64) {
        #expect(AgePayload.size(ofEncrypted: size) == nil)
    }
}
