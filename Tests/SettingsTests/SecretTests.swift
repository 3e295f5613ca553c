import Foundation
import Glibc
import Model
import Settings
import Testing

/// An S3 store with its secret in line 7, column 24.
private func store(secret: String) -> String {
    """
    stores:
      r:
        type: s3
        region: eu-west-1
        bucket: nightly
        access_key_id: id
        secret_access_key: \(secret)

    """
}

private func secret(in folder: ConfigurationFolder) throws -> String? {
    guard case .s3(let settings) = try folder.load().stores.first?.kind else { return nil }
    return settings.secretAccessKey.value
}

@Suite("Secrets in a configuration")
struct SecretTests {
    @Test(
        "are a text, or stand in the environment",
        arguments: [
            ("hunter2", "hunter2"), ("${KEY}", "hunter3"), ("\"pa$$word\"", "pa$word"), ("{env: KEY}", "hunter3"),
        ])
    func direct(written: String, expected: String) throws {
        try withConfiguration(store(secret: written), environment: ["KEY": "hunter3"]) { folder in
            let found = try secret(in: folder)
            #expect(found == expected)
        }
    }

    @Test(
        "of a file lose one line break at their end",
        arguments: [("key", "key"), ("key\n", "key"), ("key\r\n", "key"), (" key ", " key ")])
    func file(content: String, expected: String) throws {
        let yaml = store(secret: "{file: keys/r}")
        try withConfiguration(yaml, files: ["keys/r": content]) { folder in
            let found = try secret(in: folder)
            #expect(found == expected)
        }
    }

    @Test("are sought as credentials in systemd's folder first, then in the folder of secrets")
    func credential() throws {
        try withConfiguration(store(secret: "{credential: r2-secret}")) { original in
            var folder = original
            folder.environment["CREDENTIALS_DIRECTORY"] = "\(folder.path)/credentials"
            try folder.write("fallback\n", to: "secrets/r2-secret", mode: 0o600)
            #expect(try secret(in: folder) == "fallback")
            try folder.write("passed\n", to: "credentials/r2-secret", mode: 0o444)
            #expect(try secret(in: folder) == "passed")
        }
    }

    @Test("may be the access key's id as well")
    func accessKeyID() throws {
        let yaml = "stores: {r: {type: s3, region: x, bucket: abc, access_key_id: {env: A}, secret_access_key: k}}"
        guard case .s3(let settings) = try configuration(yaml, environment: ["A": "id7"]).stores.first?.kind else {
            Issue.record("not an S3 store")
            return
        }
        #expect(settings.accessKeyID == "id7")
    }

    @Test("are refused when others can read them", arguments: [mode_t(0o644), 0o604, 0o666, 0o660])
    func exposed(mode: mode_t) throws {
        try withConfiguration(store(secret: "{credential: key}")) { folder in
            try folder.write("hunter2\n", to: "secrets/key", mode: mode)
            let found = folder.complaints()
            let octal = String(mode, radix: 8)
            #expect(found.count == 1)
            let start = "7:37: the credential's file secrets/key is open to others (mode 0\(octal)) — chmod 6"
            #expect(found.first?.hasPrefix(start) == true, "\(found)")
            #expect(found.first?.hasSuffix("0 secrets/key") == true, "\(found)")
        }
    }

    @Test("may be read by root's group when root owns them")
    func group() throws {
        try withConfiguration(store(secret: "{credential: key}")) { folder in
            try folder.write("hunter2\n", to: "secrets/key", mode: 0o640)
            #expect(folder.complaints().isEmpty == (geteuid() == 0))
            try folder.write("hunter2\n", to: "secrets/key", mode: 0o400)
            #expect(folder.complaints().isEmpty)
        }
    }

    @Test("that cannot be had are complaints")
    func missing() throws {
        let cases: [(String, String)] = [
            ("{env: NOT_SET}", "7:30: the environment variable `NOT_SET` is not set"),
            ("{env: EMPTY}", "7:30: `env`: the environment variable `EMPTY` is empty"),
            ("{file: absent}", "7:31: the secret's file absent does not exist"),
            ("{file: empty}", "7:31: `file`: the secret's file empty is empty"),
            (
                "{file: two}",
                "7:31: `file`: the secret's file two holds a line break or a control character"
                    + " — a secret is one line of text"
            ),
            ("{file: secrets}", "7:31: the secret's file secrets is a directory, not a file"),
            (
                "{credential: absent}",
                "7:37: there is no credential `absent`, neither passed by systemd nor at"
                    + " secrets/absent — write it to that file with mode 0600, or pass it with LoadCredential="
            ),
            (
                "{credential: ../x}",
                "7:37: `credential`: expected the name of a credential, without slashes,"
                    + " found `../x`"
            ),
            ("{evn: X}", "7:25: unknown key `evn` — did you mean `env`?"),
            (
                "{env: A, file: b}",
                "7:24: `secret_access_key`: expected exactly one of `env`, `file` or `credential`,"
                    + " found 2"
            ),
            (
                "[a]",
                "7:24: `secret_access_key`: expected a text, {env: NAME}, {file: PATH} or {credential: NAME},"
                    + " found a list"
            ),
        ]
        for (written, expected) in cases {
            let files = ["empty": "\n", "two": "a\nb\n", "secrets/other": "x"]
            try withConfiguration(store(secret: written), environment: ["EMPTY": ""], files: files) { folder in
                #expect(folder.complaints() == [expected])
            }
        }
    }

    @Test("that are no text are refused")
    func binary() throws {
        try withConfiguration(store(secret: "{file: key}")) { folder in
            try folder.write(Data([0xff, 0xfe, 0x41]), to: "key")
            #expect(folder.complaints() == ["7:31: the secret's file key does not hold text"])
        }
    }

    @Test(
        "are never shown in a complaint",
        arguments: [
            "\"hunter2${\"", "\"${hunter2!}\"", "*hunter2", "&hunter2 x", "!hunter2 x", "[${hunter2}]", "@hunter2",
        ])
    func hidden(written: String) throws {
        let found = try complaints(about: store(secret: written))
        #expect(found.count == 1)
        #expect(found.first?.contains("hunter2") == false, "\(found)")
    }

    @Test("are never shown in the settings' descriptions")
    func redacted() throws {
        let found = try configuration(store(secret: "hunter2"))
        #expect(!"\(found)".contains("hunter2"))
        #expect(!String(reflecting: found).contains("hunter2"))
    }
}
