import Foundation
import TestSupport
import Testing

@testable import Age

/// Against Debian's age.
@Suite("age itself") struct AgeProgramTests {
    private static let sizes = [0, 1, 65_535, 65_536, 65_537, 200_000]

    private static func bytes(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(count + 1))
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private static func write(_ bytes: some DataProtocol, to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test("opens what is written here, for each of several recipients", arguments: sizes)
    func decrypts(size: Int) async throws {
        try await withTemporaryDirectory { path in
            let identities = [AgeIdentity(), AgeIdentity(), AgeIdentity()]
            let plain = Self.bytes(size)
            try Self.write(try AgeFile.encrypt(plain, for: identities.map(\.recipient)), to: path + "/file.age")
            for identity in identities {
                try Self.write(Data((identity.secretText + "\n").utf8), to: path + "/key")
                let outcome = try await Command.run(["age", "-d", "-i", path + "/key", path + "/file.age"])
                #expect(outcome.exitCode == 0, "\(outcome.standardError)")
                #expect(outcome.standardOutput == plain)
            }
            try Self.write(Data((AgeIdentity().secretText + "\n").utf8), to: path + "/key")
            let stranger = try await Command.run(["age", "-d", "-i", path + "/key", path + "/file.age"])
            #expect(stranger.exitCode != 0)
        }
    }

    @Test("writes what is opened here, with the keys that it made", arguments: sizes)
    func encrypts(size: Int) async throws {
        try await withTemporaryDirectory { path in
            let keygen = try await Command.run(["age-keygen", "-o", path + "/key"])
            try #require(keygen.exitCode == 0, "\(keygen)")
            let identities = try AgeIdentity.all(in: String(contentsOfFile: path + "/key", encoding: .utf8))
            let recipient = try #require(identities.first?.recipient)
            let printed = try await Command.run(["age-keygen", "-y", path + "/key"])
            #expect(printed.text == "\(recipient)\n")
            let plain = Self.bytes(size)
            try Self.write(plain, to: path + "/plain")
            let other = AgeIdentity()
            let outcome = try await Command.run([
                "age", "-r", "\(recipient)", "-r", "\(other.recipient)", "-o", path + "/file.age", path + "/plain",
            ])
            try #require(outcome.exitCode == 0, "\(outcome)")
            let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/file.age")))
            for keys in [identities, [other], [AgeIdentity(), other]] {
                #expect(try AgeFile.decrypt(file, with: keys) == plain)
            }
            #expect(throws: AgeError.noMatch) { try AgeFile.decrypt(file, with: [AgeIdentity()]) }
            #expect(throws: AgeError.self) { try AgeFile.decrypt(file, passphrase: "") }
        }
    }

    @Test("makes armor that is opened here")
    func armor() async throws {
        try await withTemporaryDirectory { path in
            let identity = AgeIdentity()
            let plain = Self.bytes(1000)
            try Self.write(plain, to: path + "/plain")
            let outcome = try await Command.run(["age", "-a", "-r", "\(identity.recipient)", path + "/plain"])
            try #require(outcome.exitCode == 0, "\(outcome)")
            let file = try AgeArmor.decode(outcome.standardOutput)
            #expect(try AgeFile.decrypt(file, with: [identity]) == plain)
            // Only those behind a passphrase hold identities.
            #expect(throws: AgeError.self) { try AgeIdentityFile(outcome.standardOutput) }
        }
    }
}
