import Crypto
import Testing

/// A file of the testkit, and what has to come of it.
struct Vector: Sendable, CustomTestStringConvertible {
    enum Expectation: Sendable, Equatable {
        case success
        case headerFailure
        case noMatch
        case authenticationFailure
        /// So many bytes are given before the error.
        case payloadFailure(after: Int)
    }

    let name: String
    let expectation: Expectation
    let identity: [UInt8]
    let passphrase: String?
    let make: @Sendable (inout TestkitFile) throws -> Void

    var testDescription: String { name }

    init(
        _ name: String, _ expectation: Expectation = .success, identity: [UInt8] = TestkitFile.identity,
        passphrase: String? = nil, _ make: @escaping @Sendable (inout TestkitFile) throws -> Void
    ) {
        self.name = name
        self.expectation = expectation
        self.identity = identity
        self.passphrase = passphrase
        self.make = make
    }

    static let all = recipients + stanzas + ends + streams + passphrases

    // MARK: Recipients

    private static let recipients: [Vector] = [
        Vector("x25519") { try $0.whole() },
        Vector("x25519_bad_tag", .noMatch) { file in
            try file.whole { file in
                var body = TestkitFile.bytes(base64: file.takeLine())
                body[body.count - 1] ^= 0xFF
                file.line(TestkitFile.base64(body))
            }
        },
        Vector("x25519_extra_argument", .headerFailure) { file in
            try file.whole { file in
                let (body, arguments) = (file.takeLine(), file.takeLine())
                file.line(arguments + " 1234")
                file.line(body)
            }
        },
        Vector("x25519_grease") { file in
            file.version()
            file.stanza("grease")
            file.body([])
            try file.x25519()
            file.stanza("grease")
            file.body([])
            file.code()
            try file.payload("age")
        },
        Vector("x25519_identity", .headerFailure) { file in
            try file.whole(share: [UInt8](repeating: 0, count: 32))
        },
        Vector("x25519_long_file_key", .headerFailure) { file in
            file.fileKey = Array("A LONGER YELLOW SUBMARINE".utf8)
            try file.whole()
        },
        Vector("x25519_long_share", .headerFailure) { file in
            try file.whole { file in
                let (body, arguments) = (file.takeLine(), file.takeLine())
                // Another byte of zeros: 32 bytes leave two bits, 33 none.
                file.line(arguments + "A")
                file.line(body)
            }
        },
        Vector("x25519_low_order", .headerFailure) { file in
            try file.whole(
                share: TestkitFile.bytes(hex: "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7"))
        },
        Vector("x25519_lowercase", .noMatch) { file in
            try file.whole { file in
                let (body, arguments) = (file.takeLine(), file.takeLine())
                file.line(arguments.replacing("X25519", with: "x25519"))
                file.line(body)
            }
        },
        Vector("x25519_multiple_recipients") { file in
            file.version()
            try file.x25519(file.random(32))
            try file.x25519()
            file.code()
            try file.payload("age")
        },
        Vector("x25519_no_match", .noMatch, identity: TestkitFile.firstRandom) { file in
            file.version()
            _ = file.random(32)
            let other = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: TestkitFile.identity).publicKey
            try file.x25519(Array(other.rawRepresentation))
            file.code()
            try file.payload("age")
        },
        Vector("x25519_not_canonical_body", .headerFailure) { file in
            try file.whole { $0.line(TestkitFile.notCanonical($0.takeLine())) }
        },
        Vector("x25519_not_canonical_share", .headerFailure) { file in
            try file.whole { file in
                let (body, arguments) = (file.takeLine(), file.takeLine())
                file.line(TestkitFile.notCanonical(arguments))
                file.line(body)
            }
        },
        Vector("x25519_short_share", .headerFailure) { file in
            let share = TestkitFile.bytes(hex: "97ba38a135fd5f9137fca3836bfec24340ab03d7ca316b26f482636334a52600")
            file.version()
            try file.x25519(share: share)
            let (body, _) = (file.takeLine(), file.takeLine())
            file.stanza("X25519", TestkitFile.base64(share.dropLast()))
            file.line(body)
            file.code()
            try file.payload("age")
        },
    ]

    // MARK: Stanzas of other kinds

    private static let stanzas: [Vector] = [
        stanza("stanza_bad_start", .headerFailure) { file in
            file.line("-- stanza")
            file.body([])
        },
        stanza("stanza_base64_padding", .headerFailure) { file in
            file.stanza("stanza")
            file.body([UInt8](repeating: 0x41, count: 50))
            file.line(file.takeLine() + "=")
        },
        stanza("stanza_empty_argument", .headerFailure) { file in
            file.stanza("stanza", "", "argument")
            file.body([])
        },
        stanza("stanza_empty_body") { file in
            file.stanza("empty")
            file.body([])
        },
        stanza("stanza_empty_last_line") { file in
            file.stanza("stanza")
            file.body([UInt8](repeating: 0x41, count: 96))
        },
        stanza("stanza_invalid_character", .headerFailure) { file in
            file.stanza("stanza", "è")
            file.body([])
        },
        stanza("stanza_long_line", .headerFailure) { file in
            file.stanza("stanza")
            file.line(String(repeating: "A", count: 68))
            file.line("")
        },
        stanza("stanza_missing_body", .headerFailure) { $0.stanza("empty") },
        stanza("stanza_missing_final_line", .headerFailure) { file in
            file.stanza("stanza")
            file.line(String(repeating: "A", count: 64))
        },
        stanza("stanza_multiple_short_lines", .headerFailure) { file in
            file.stanza("stanza")
            file.line(String(repeating: "A", count: 32))
            file.line(String(repeating: "A", count: 32))
        },
        stanza("stanza_no_arguments", .headerFailure) { file in
            file.stanza()
            file.body([])
        },
        stanza("stanza_not_canonical", .headerFailure) { file in
            file.stanza("stanza")
            file.body([UInt8](repeating: 0x41, count: 50))
            file.line(TestkitFile.notCanonical(file.takeLine()))
        },
        stanza("stanza_spurious_cr", .headerFailure) { file in
            file.stanza("stanza")
            file.line(String(repeating: "A", count: 32) + "\r" + String(repeating: "A", count: 31))
        },
        Vector("stanza_valid_characters") { file in
            file.version()
            file.stanza("!\"#$%&'", "()*+,-./", "01234567", "89:;<=>?", "@ABCDEFG", "HIJKLMNO")
            file.body([])
            file.stanza("PQRSTUVW", "XYZ[\\]^_", "`abcdefg", "hijklmno", "pqrstuvw", "xyz{|}~")
            file.body([])
            try file.x25519()
            file.code()
            try file.payload("age")
        },
    ]

    private static func stanza(
        _ name: String, _ expectation: Expectation = .success, _ more: @escaping @Sendable (inout TestkitFile) -> Void
    ) -> Vector {
        Vector(name, expectation) { file in try file.whole { more(&$0) } }
    }

    // MARK: The first line and the last

    private static let ends: [Vector] = [
        Vector("empty", .headerFailure) { _ in },
        Vector("version_unsupported", .headerFailure) { file in
            file.version("v1234")
            try file.x25519()
            file.code()
            try file.payload("age")
        },
        Vector("header_crlf", .headerFailure) { file in
            file.version()
            try file.x25519()
            file.bytes = file.bytes.flatMap { $0 == 10 ? [13, 10] : [$0] }
            file.code()
            file.bytes.removeLast()
            file.bytes += [13, 10]
            try file.payload("age")
        },
        Vector("hmac_bad", .authenticationFailure) { file in
            let key = file.fileKey
            file.version()
            try file.x25519()
            file.fileKey = [UInt8](repeating: 0, count: 16)
            file.code()
            file.fileKey = key
            try file.payload("age")
        },
        end("hmac_extra_space") { $0.replacing("--- ", with: "---  ") },
        end("hmac_garbage") { $0 + "AAA" },
        end("hmac_missing") { _ in "--- " },
        end("hmac_no_space") { $0.replacing("--- ", with: "---") },
        end("hmac_not_canonical") { TestkitFile.notCanonical($0) },
        end("hmac_trailing_space") { $0 + " " },
        end("hmac_truncated") { String($0.prefix("--- 1234".count)) },
    ]

    private static func end(_ name: String, _ edit: @escaping @Sendable (String) -> String) -> Vector {
        Vector(name, .headerFailure) { file in
            file.version()
            try file.x25519()
            file.code()
            file.line(edit(file.takeLine()))
            try file.payload("age")
        }
    }

    // MARK: Chunks

    private static let streams: [Vector] = [
        Vector("stream_bad_tag", .payloadFailure(after: 0)) { file in
            try file.whole()
            file.damageLastByte()
        },
        Vector("stream_empty_payload") { try $0.whole("") },
        Vector("stream_missing_tag", .payloadFailure(after: 0)) { file in
            try file.whole()
            file.bytes.removeLast(16)
        },
        Vector("stream_no_nonce", .headerFailure) { try $0.header() },
        Vector("stream_short_nonce", .headerFailure) { file in
            try file.header()
            file.bytes += file.random(12)
        },
        Vector("stream_no_chunks", .payloadFailure(after: 0)) { file in
            try file.header()
            file.nonce(file.random(16))
        },
        Vector("stream_short_chunk", .payloadFailure(after: 0)) { file in
            try file.header()
            file.nonce(file.random(16))
            file.bytes += file.random(12)
        },
        Vector("stream_no_final", .payloadFailure(after: 0)) { file in
            try file.header()
            file.nonce(file.random(16))
            try file.chunk(Array("age".utf8))
        },
        large("stream_last_chunk_full") { try $0.chunk(TestkitFile.largeChunk(0), isLast: true) },
        large("stream_last_chunk_full_second") { file in
            try file.chunk(TestkitFile.largeChunk(0))
            try file.chunk(TestkitFile.largeChunk(1), isLast: true)
        },
        large("stream_two_chunks") { file in
            try file.chunk(TestkitFile.largeChunk(0))
            try file.chunk(Array("age".utf8), isLast: true)
        },
        large("stream_three_chunks") { file in
            try file.chunk(TestkitFile.largeChunk(0))
            try file.chunk(TestkitFile.largeChunk(1))
            try file.chunk(TestkitFile.largeChunk(2), isLast: true)
        },
        large("stream_bad_tag_second_chunk", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0))
            try file.chunk(Array("age".utf8), isLast: true)
            file.damageLastByte()
        },
        large("stream_bad_tag_second_chunk_full", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0))
            try file.chunk(TestkitFile.largeChunk(1), isLast: true)
            file.damageLastByte()
        },
        large("stream_last_chunk_empty", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0))
            try file.chunk([], isLast: true)
        },
        large("stream_no_final_full", isWhole: false) { try $0.chunk(TestkitFile.largeChunk(0)) },
        large("stream_no_final_two_chunks", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0))
            try file.chunk(Array("age".utf8))
        },
        large("stream_short_second_chunk", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0))
            file.bytes += file.random(12)
        },
        large("stream_trailing_garbage_long", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0), isLast: true)
            file.bytes += file.random(20)
        },
        large("stream_trailing_garbage_short", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0), isLast: true)
            file.bytes += file.random(12)
        },
        large("stream_two_final_chunks", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0), isLast: true)
            try file.chunk(Array("age".utf8), isLast: true)
        },
        large("stream_two_final_chunks_full", isWhole: false) { file in
            try file.chunk(TestkitFile.largeChunk(0), isLast: true)
            try file.chunk(TestkitFile.largeChunk(1), isLast: true)
        },
    ]

    /// With the file key and the nonce of all large files; of those that are not whole the first chunk is.
    private static func large(
        _ name: String, isWhole: Bool = true, _ chunks: @escaping @Sendable (inout TestkitFile) throws -> Void
    ) -> Vector {
        Vector(name, isWhole ? .success : .payloadFailure(after: TestkitFile.chunkSize)) { file in
            file.fileKey = TestkitFile.largeFileKey
            try file.header()
            file.nonce(TestkitFile.largeNonce)
            try chunks(&file)
        }
    }

    // MARK: Passphrases

    private static let passphrases: [Vector] = [
        passphrase("scrypt") { try $0.scrypt("password") },
        passphrase("scrypt_no_match", .noMatch, "wrong") { try $0.scrypt("password") },
        passphrase("scrypt_and_x25519", .headerFailure) { file in
            try file.x25519()
            try file.scrypt("password")
        },
        passphrase("scrypt_double", .headerFailure) { file in
            try file.scrypt("password")
            try file.scrypt("hunter2")
        },
        passphrase("scrypt_long_file_key", .headerFailure) { file in
            file.fileKey = Array("A LONGER YELLOW SUBMARINE".utf8)
            try file.scrypt("password")
        },
        passphrase("scrypt_salt_long", .headerFailure) { try $0.scrypt("password", salt: $0.random(20)) },
        passphrase("scrypt_salt_short", .headerFailure) { try $0.scrypt("password", salt: $0.random(12)) },
        passphrase("scrypt_uppercase", .noMatch) { try $0.scryptWords { ["Scrypt", $0[1], $0[2]] } },
        passphrase("scrypt_extra_argument", .headerFailure) { try $0.scryptWords { $0 + ["1234"] } },
        passphrase("scrypt_salt_missing", .headerFailure) { try $0.scryptWords { [$0[0], $0[2]] } },
        passphrase("scrypt_not_canonical_salt", .headerFailure) { file in
            try file.scryptWords { [$0[0], TestkitFile.notCanonical($0[1]), $0[2]] }
        },
        passphrase("scrypt_work_factor_missing", .headerFailure) { try $0.scryptWords { [$0[0], $0[1]] } },
        passphrase("scrypt_work_factor_hex", .headerFailure) { try $0.scryptWords { [$0[0], $0[1], "0xa"] } },
        passphrase("scrypt_work_factor_leading_plus", .headerFailure) { file in
            try file.scryptWords { [$0[0], $0[1], "+10"] }
        },
        passphrase("scrypt_work_factor_leading_zero_decimal", .headerFailure) { file in
            try file.scryptWords { [$0[0], $0[1], "010"] }
        },
        passphrase("scrypt_work_factor_negative", .headerFailure) { file in
            try file.scryptWords { [$0[0], $0[1], "-10"] }
        },
        passphrase("scrypt_work_factor_overflow", .headerFailure) { file in
            try file.scryptWords { [$0[0], $0[1], "18446744073709551626"] }
        },
        passphrase("scrypt_work_factor_trailing_garbage", .headerFailure) { file in
            try file.scryptWords { [$0[0], $0[1], "10aaaa"] }
        },
        passphrase("scrypt_work_factor_zero", .headerFailure) { file in
            try file.scryptWords { [$0[0], $0[1], "0"] }
        },
        passphrase("scrypt_work_factor_wrong", .noMatch) { try $0.scryptWords { [$0[0], $0[1], "9"] } },
        passphrase("scrypt_work_factor_23", .headerFailure) { file in
            file.stanza("scrypt", "rF0/NwblUHHTpgQgRpe5CQ", "23")
            file.line("qW9eVsT0NVb/Vswtw8kPIxUnaYmm9Px1dYmq2+4+qZA")
        },
    ]

    private static func passphrase(
        _ name: String, _ expectation: Expectation = .success, _ passphrase: String = "password",
        _ stanzas: @escaping @Sendable (inout TestkitFile) throws -> Void
    ) -> Vector {
        Vector(name, expectation, passphrase: passphrase) { file in
            file.version()
            try stanzas(&file)
            file.code()
            try file.payload("age")
        }
    }
}

extension TestkitFile {
    /// A header for one recipient.
    fileprivate mutating func header() throws {
        version()
        try x25519()
        code()
    }

    /// A file for one recipient, with edits before its header ends.
    fileprivate mutating func whole(
        _ text: String = "age", share: [UInt8]? = nil, _ edit: (inout TestkitFile) -> Void = { _ in }
    ) throws {
        version()
        if let share { try x25519(share: share) } else { try x25519() }
        edit(&self)
        code()
        try payload(text)
    }

    /// A passphrase with other words in its line.
    fileprivate mutating func scryptWords(_ edit: ([String]) -> [String]) throws {
        try scrypt("password")
        let (body, words) = (takeLine(), takeLine().dropFirst(3).split(separator: " ").map { String($0) })
        line("-> " + edit(words).joined(separator: " "))
        line(body)
    }

    fileprivate mutating func damageLastByte() { bytes[bytes.count - 1] ^= 0b0010_0000 }
}
