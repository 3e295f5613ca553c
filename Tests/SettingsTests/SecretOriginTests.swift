import Foundation
import Glibc
import Model
import Settings
import Testing

/// Two stores with secrets in line 7 and 13, whose forms begin in column 24.
private func stores(_ first: String, _ second: String = "plain") -> String {
    [("r", first), ("s", second)].map { name, secret in
        """
          \(name):
            type: s3
            region: eu-west-1
            bucket: nightly
            access_key_id: id
            secret_access_key: \(secret)

        """
    }.reduce("stores:\n", +)
}

extension ConfigurationFolder {
    /// Makes a file as old, or as new, as it is to be.
    fileprivate func setModified(_ name: String, hoursFromNow hours: Int) throws {
        let time = timespec(tv_sec: Glibc.time(nil) + hours * 3600, tv_nsec: 0)
        guard utimensat(AT_FDCWD, "\(path)/\(name)", [time, time], 0) == 0 else {
            throw CocoaError(.fileWriteNoPermission)
        }
    }

    /// As a service that got its credentials by `LoadCredential=secrets:…`.
    fileprivate var inService: ConfigurationFolder {
        ConfigurationFolder(path: path, environment: ["CREDENTIALS_DIRECTORY": "\(path)/credentials"])
    }
}

@Suite("Secrets that change while a service works")
struct SecretOriginTests {
    @Test("are noted at a reload, where the copy that the service got is older")
    func changed() throws {
        try withConfiguration(stores("{credential: key}")) { original in
            let folder = original.inService
            try folder.write("old\n", to: "credentials/secrets_key")
            #expect(try folder.load().notes == [], "it came from elsewhere")
            try folder.write("new\n", to: "secrets/key")
            try folder.setModified("secrets/key", hoursFromNow: 1)
            let found = try folder.load()
            #expect(
                found.notes == [
                    "\(folder.path)/nightjar.yaml:7:37: the secret `key` was changed in \(folder.path)/secrets/key after"
                        + " the service had started: it is used after `systemctl restart nightjar`"
                ])
            #expect(found.secretFiles.map { $0.path } == ["\(folder.path)/credentials/secrets_key"])
        }
    }

    @Test("are not noted where the copy is the newer one, or where there is no copy")
    func unchanged() throws {
        try withConfiguration(stores("{credential: key}")) { original in
            let folder = original.inService
            try folder.write("old\n", to: "secrets/key")
            #expect(try folder.load().notes == [])
            try folder.write("old\n", to: "credentials/key")
            try folder.setModified("credentials/key", hoursFromNow: 1)
            #expect(try folder.load().notes == [])
        }
    }

    @Test("are known by their files, without what they are")
    func origins() throws {
        try withConfiguration(stores("{credential: key}", "{file: keys/s}")) { folder in
            try folder.write("hunter2\n", to: "secrets/key")
            try folder.write("hunter2\n", to: "keys/s")
            try folder.setModified("secrets/key", hoursFromNow: 1)
            try folder.setModified("keys/s", hoursFromNow: 2)
            let found = try folder.load().secretFiles
            try #require(found.count == 2)
            #expect(found.map { $0.name } == ["key", "\(folder.path)/keys/s"])
            #expect(found.map { $0.path } == ["\(folder.path)/secrets/key", "\(folder.path)/keys/s"])
            #expect(
                found.map { $0.place } == ["\(folder.path)/nightjar.yaml:7:37", "\(folder.path)/nightjar.yaml:13:31"])
            #expect(found.map { $0.kind } == [.credential, .file])
            #expect(found[1].modified.timestamp.seconds - found[0].modified.timestamp.seconds >= 3600)
            #expect(!"\(found)".contains("hunter2"))

            let passed = folder.inService
            try passed.write("hunter3\n", to: "credentials/key")
            #expect(try passed.load().secretFiles.map { $0.kind } == [.passedCredential, .file])
        }
    }

    @Test("are those in files only", arguments: ["plain", "{env: KEY}", "${KEY}"])
    func others(secret: String) throws {
        let found = try configuration(stores(secret), environment: ["KEY": "hunter2"])
        #expect(found.secretFiles.isEmpty)
    }

    @Test("were changed as well when another file took the name of an old one")
    func replaced() throws {
        try withConfiguration(stores("{file: key}")) { folder in
            try folder.write("new\n", to: "key")
            try folder.setModified("key", hoursFromNow: -24)
            let modified = try #require(try folder.load().secretFiles.first).modified
            #expect(modified.timestamp.seconds > Int64(Glibc.time(nil)) - 3600)
        }
    }

    @Test(
        "are told to whoever asks while an older daemon works",
        arguments: [
            (SecretOrigin.Kind.credential, "`key`", "and still uses the old one: systemctl restart nightjar"),
            (
                SecretOrigin.Kind.file, "in key",
                "and, unless it was reloaded since, still uses the old one: systemctl reload nightjar"
            ),
        ])
    func notes(kind: SecretOrigin.Kind, name: String, end: String) {
        let changed = FileTime(seconds: 1_800_000_000, nanoseconds: 500)
        let origin = SecretOrigin(name: "key", path: "/x/key", place: "n.yaml:7:3", kind: kind, modified: changed)
        let start = FileTime(seconds: 1_800_000_000, nanoseconds: 499)
        #expect(
            origin.note(forDaemonSince: start)
                == "n.yaml:7:3: the secret \(name) was changed at \(changed.timestamp.text), the running daemon started at"
                + " \(start.timestamp.text) \(end)")
        #expect(origin.note(forDaemonSince: changed) == nil)
    }

    @Test("need no word where the service's own copy was read")
    func passed() {
        let changed = FileTime(seconds: 1_800_000_000, nanoseconds: 500)
        let origin = SecretOrigin(
            name: "key", path: "/x/key", place: "n.yaml:7:3", kind: .passedCredential, modified: changed)
        #expect(origin.note(forDaemonSince: FileTime(seconds: 0)) == nil)
    }
}
