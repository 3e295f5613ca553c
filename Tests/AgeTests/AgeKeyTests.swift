import Testing

@testable import Age

@Suite("Recipients and identities") struct AgeKeyTests {
    private static let identity = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"

    @Test("come from text and go to the same text")
    func texts() throws {
        let identity = try AgeIdentity(Self.identity)
        #expect(identity.secretText == Self.identity)
        let recipient = identity.recipient
        #expect(recipient.description.hasPrefix("age1") && recipient.description.count == 62)
        #expect(try AgeRecipient(recipient.description) == recipient)
        #expect(!"\(identity)".contains("AGE-SECRET"))
        let new = AgeIdentity()
        #expect(try AgeIdentity(new.secretText).recipient == new.recipient)
        #expect(new.recipient != recipient)
    }

    @Test(
        "are refused where they are none",
        arguments: ["", "age1", "age", "age1qqqq", "AGE1", "ssh-ed25519 AAAA", "age1pq1qqqqqqq"])
    func recipients(text: String) {
        #expect(throws: AgeError.self) { try AgeRecipient(text) }
        #expect(throws: AgeError.self) { try AgeIdentity(text) }
    }

    @Test("are not taken for each other, and none is repeated in the complaint")
    func mixedUp() throws {
        let recipient = try AgeIdentity(Self.identity).recipient.description
        let secret = #expect(throws: AgeError.self) { try AgeRecipient(Self.identity) }
        #expect(secret?.description.contains("age-keygen -y") == true)
        #expect(secret?.description.contains("EGTZ") == false)
        #expect(throws: AgeError.self) { try AgeIdentity(recipient) }
        #expect(throws: AgeError.self) { try AgeRecipient(recipient.uppercased()) }
        #expect(throws: AgeError.self) { try AgeIdentity(Self.identity.lowercased()) }
        #expect(throws: AgeError.self) { try AgeIdentity(Self.identity.dropLast() + "1") }
    }

    @Test("are read from a file as age-keygen writes it")
    func files() throws {
        let other = AgeIdentity()
        let text = "# created: 2026-01-02\r\n# public key: age1…\n\n\(Self.identity)\n\(other.secretText)\r\n"
        let identities = try AgeIdentity.all(in: text)
        #expect(identities.map(\.recipient) == [try AgeIdentity(Self.identity).recipient, other.recipient])
        let none = #expect(throws: AgeError.self) { try AgeIdentity.all(in: "# nothing\n") }
        #expect(none?.description.contains("no identity") == true)
        let damaged = #expect(throws: AgeError.self) { try AgeIdentity.all(in: "#\n\(Self.identity)X\n") }
        #expect(damaged?.description.contains("line 2") == true)
        #expect(damaged?.description.contains("EGTZ") == false)
    }

    @Test("that can keep nothing secret are refused", arguments: [UInt8(0), 1])
    func lowOrder(first: UInt8) {
        let recipient = AgeRecipient(bytes: [first] + [UInt8](repeating: 0, count: 31))
        #expect(throws: AgeError.self) { try AgeHeader(AgeFileKey(), for: [recipient]) }
    }

    @Test("have to be there: a file for nobody is not made")
    func nobody() {
        #expect(throws: AgeError.key("there is no recipient to encrypt for")) { try AgeFile.encrypt([1], for: []) }
    }

    /// As `age -p` makes it, with fewer rounds.
    @Test("behind a passphrase are opened with it alone", arguments: [false, true])
    func passphrase(isWrong: Bool) throws {
        var file = TestkitFile()
        file.version()
        try file.scrypt("correct horse")
        file.code()
        try file.payload("# a comment\n\(Self.identity)\n")
        let identities = try AgeIdentityFile(file.bytes)
        guard case .encrypted = identities else {
            Issue.record("\(identities)")
            return
        }
        if isWrong {
            #expect(throws: AgeError.noMatch) { try identities.open { "wrong" } }
        } else {
            let opened = try identities.open { "correct horse" }
            #expect(opened.map(\.recipient) == [try AgeIdentity(Self.identity).recipient])
        }
        #expect(throws: AgeError.self) { try AgeIdentityFile(Array(file.bytes.prefix(100))) }
    }

    @Test("in the clear need no passphrase")
    func clear() throws {
        let file = try AgeIdentityFile(Array("# x\n\(Self.identity)\n".utf8))
        let identities = try file.open {
            Issue.record("nobody needs it")
            return ""
        }
        #expect(identities.count == 1)
        #expect(throws: AgeError.self) { try AgeIdentityFile(Array("age1xyz\n".utf8)) }
    }
}
