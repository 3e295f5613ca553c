import TestSupport
import Testing

@testable import Age

@Suite("A range of a payload") struct AgeRangeTests {
    private static let sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]

    private static func sealed(_ plain: [UInt8], _ payload: AgePayload) throws -> [UInt8] {
        var writer = AgeWriter(payload)
        var bytes: [UInt8] = []
        try plain.withUnsafeBytes { try writer.append($0) { bytes += $0 } }
        try writer.finish { bytes += $0 }
        return bytes
    }

    private static func plain(_ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    private static func open(_ range: AgeRange, _ bytes: ArraySlice<UInt8>, step: Int) throws -> [UInt8] {
        var range = range
        var opened: [UInt8] = []
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: step) {
            try bytes[start..<min(start + step, bytes.endIndex)].withUnsafeBytes {
                try range.append($0) { opened += $0 }
            }
        }
        try range.finish { opened += $0 }
        return opened
    }

    @Test("holds what was encrypted, and needs its own chunks alone", arguments: sizes)
    func ranges(size: Int) throws {
        let payload = AgePayload(AgeFileKey(), nonce: AgePayload.newNonce())
        let plain = Self.plain(size), sealed = try Self.sealed(plain, payload)
        let places = [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, size / 2, size - 1, size].filter {
            (0...size) ~= $0
        }
        for start in places {
            for end in places where end >= start {
                let range = AgeRange(Int64(start)..<Int64(end), of: payload, size: Int64(size))
                let bytes = sealed[Int(range.encrypted.lowerBound)..<Int(range.encrypted.upperBound)]
                #expect(bytes.count <= (end - start) + 3 * 65_552, "\(start)..<\(end)")
                for step in [1 << 20, 65_552, 40_000] {
                    let isSame = try Self.open(range, bytes, step: step) == Array(plain[start..<end])
                    #expect(isSame, "\(start)..<\(end) in steps of \(step)")
                }
            }
        }
    }

    @Test("is refused where its bytes are others, fewer, more, or of another place")
    func damage() throws {
        let payload = AgePayload(AgeFileKey(), nonce: AgePayload.newNonce())
        let plain = Self.plain(200_000), sealed = try Self.sealed(plain, payload)
        let range = AgeRange(70_000..<140_000, of: payload, size: 200_000)
        let bytes = Array(sealed[Int(range.encrypted.lowerBound)..<Int(range.encrypted.upperBound)])
        #expect(bytes.count == 2 * 65_552)
        for place in [0, 65_551, 65_552, bytes.count - 1] {
            var other = bytes
            other[place] ^= 1
            #expect(throws: AgeError.self, "\(place)") { try Self.open(range, other[...], step: 50_000) }
        }
        #expect(throws: AgeError.self) { try Self.open(range, bytes.dropLast(), step: 50_000) }
        #expect(throws: AgeError.self) { try Self.open(range, bytes.prefix(65_552), step: 50_000) }
        #expect(throws: AgeError.self) { try Self.open(range, (bytes + [0])[...], step: 50_000) }
        #expect(throws: AgeError.self) { try Self.open(range, sealed.prefix(bytes.count), step: 50_000) }
        // The last chunk says that it is the last.
        let end = AgeRange(140_000..<196_608, of: payload, size: 196_608)
        #expect(throws: AgeError.self) {
            try Self.open(end, sealed[Int(end.encrypted.lowerBound)..<Int(end.encrypted.upperBound)], step: 50_000)
        }
    }
}
