import Age
import Foundation
import Model
import SQLite
import TestSupport
import Testing

@Suite("Encrypted backups") struct EncryptionCommandTests {
    private static let words = ["items", "by_name", "secret words", "CREATE TABLE"]

    /// A database of a hundred rows, encrypted for an identity whose file lies at `key`.
    /// - Parameter hasIdentity: Whether the configuration has it, too.
    private static func withBackup(
        hasIdentity: Bool, _ settings: [String] = [],
        _ body: (_ bench: Workbench, _ id: String, _ key: String) async throws -> Void
    ) async throws {
        try await withWorkbench { bench in
            let key = bench.path + "/age-key"
            let identity = AgeIdentity()
            try bench.write("# created by a test\n\(identity.secretText)\n", to: key)
            chmod(key, 0o600)
            let reference = hasIdentity ? ", identity: {file: \"\(key)\"}" : ""
            try bench.configure(["encryption: {recipients: [\(identity.recipient)]\(reference)}"] + settings)
            try bench.makeSource(Workbench.script(rows: 100) + "INSERT INTO notes(text) VALUES ('secret words');")
            let made = try await bench.backUp()
            #expect(made.state == "proved", "\(made)")
            try await body(bench, made.backup, key)
        }
    }

    /// Nothing in the store tells a stranger of the schema or the rows.
    private static func expectSecrecy(_ bench: Workbench, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for file in bench.objects {
            var isFolder: ObjCBool = false
            let path = "\(bench.store)/\(file)"
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            let bytes = try Workbench.bytes(of: path)
            for word in words where bytes.contains(word.utf8) {
                Issue.record("\(file) holds '\(word)'", sourceLocation: sourceLocation)
            }
            for word in words.prefix(2) {
                #expect(!file.contains(word), "\(file)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test("come back by age, zstd and sqlite3 alone")
    func withoutNightjar() async throws {
        try await Self.withBackup(hasIdentity: false) { bench, id, key in
            try Self.expectSecrecy(bench)
            let script =
                "age -d -i '\(key)' '\(bench.store)/shop/\(id).sql.zst.age' | zstd -d | sqlite3 '\(bench.target)/new.db'"
            let outcome = try await Command.run(["sh", "-c", script])
            #expect(outcome.exitCode == 0, "\(outcome.standardError)")
            #expect(
                try LogicalComparison(.restore).differences(between: bench.source, and: bench.target + "/new.db") == [])
        }
    }

    @Test("are proved by their own run, and open for whoever has the identity", arguments: ["sql", "csv", "json"])
    func identity(format: String) async throws {
        try await Self.withBackup(hasIdentity: false, ["format: \(format)"]) { bench, id, key in
            try Self.expectSecrecy(bench)
            let list = try await bench.nightjar("list")
            #expect(list.exitCode == 0 && list.text.contains("encrypted") && list.text.contains("proved"), "\(list)")

            for arguments in [["show", id], ["verify", id], ["restore", id, "--to", bench.target + "/no.db"]] {
                let refused = try await CommandLineTool.run(["--config", bench.configuration] + arguments)
                #expect(refused.exitCode == 77, "\(refused)")
                #expect(refused.standardError.contains("--identity"), "\(refused)")
            }
            #expect(!Workbench.exists(bench.target + "/no.db"))
            let checked = try await bench.nightjar("verify", id, "--level", "checksum")
            #expect(checked.exitCode == 0 && checked.text.contains("not proved"), "\(checked)")

            let shown = try await bench.nightjar("show", id, "--identity", key)
            #expect(shown.exitCode == 0 && shown.text.contains("items"), "\(shown)")
            let proved = try await bench.nightjar("verify", id, "--identity", key)
            #expect(proved.exitCode == 0 && proved.text.contains("Proved"), "\(proved)")
            try Self.expectSecrecy(bench)
            let restored = try await bench.nightjar(
                "restore", id, "--to", bench.target + "/new.db", "--identity", key)
            #expect(restored.exitCode == 0, "\(restored)")
            let one = try await bench.nightjar(
                "restore", id, "--to", bench.target + "/one.db", "--table", "notes", "--identity", key)
            #expect(one.exitCode == 0, "\(one)")
            let rows = try Database(path: bench.target + "/one.db", access: .readOnly).integer(
                "SELECT count(*) FROM notes")
            #expect(rows == 3)

            let stranger = bench.path + "/stranger"
            try bench.write(AgeIdentity().secretText + "\n", to: stranger)
            let wrong = try await bench.nightjar("show", id, "--identity", stranger)
            #expect(wrong.exitCode == 77 && wrong.standardError.contains("other recipients"), "\(wrong)")
        }
    }

    @Test("need nothing but the configuration where that has the identity")
    func configured() async throws {
        try await Self.withBackup(hasIdentity: true) { bench, id, _ in
            try Self.expectSecrecy(bench)
            let proved = try await bench.nightjar("verify", id)
            #expect(proved.exitCode == 0 && proved.text.contains("Proved"), "\(proved)")
            let restored = try await bench.nightjar("restore", "shop", "--to", bench.target + "/new.db")
            #expect(restored.exitCode == 0, "\(restored)")
            #expect(
                try LogicalComparison(.restore).differences(between: bench.source, and: bench.target + "/new.db") == [])
            let text = try await bench.nightjar("download", id)
            #expect(text.exitCode == 0 && text.text.contains("CREATE TABLE items"), "\(text.exitCode)")
            let raw = try await bench.nightjar("download", id, "--raw", output: bench.target + "/raw")
            #expect(raw.exitCode == 0)
            #expect(try Workbench.bytes(of: bench.target + "/raw").starts(with: "age-encryption.org/v1\n".utf8))
        }
    }

    @Test("that a daemon has made are told without complaint where nothing opens them")
    func byDaemon() async throws {
        try await Self.withBackup(hasIdentity: false) { bench, id, _ in
            let end = ScriptedDaemon.run("completed", ", \"backup\": \"\(id)\", \"verification\": \"proved\"")
            let script = [ScriptedDaemon.backupLine: [ScriptedDaemon.accepted], ScriptedDaemon.runLine: [end]]
            try await bench.withDaemon(script) { _ in
                let outcome = try await bench.nightjar("backup", Workbench.database)
                #expect(outcome.exitCode == 0 && !outcome.text.contains("Note:"), "\(outcome)")
                #expect(outcome.text.contains("402 rows"), "\(outcome)")
                #expect(outcome.text.contains("in the encrypted part of the report"), "\(outcome)")
            }
        }
    }

    @Test("that somebody changed are told as such")
    func changed() async throws {
        try await Self.withBackup(hasIdentity: true) { bench, id, _ in
            // Another backup's object in the place of this one's, with a manifest that says so outside.
            let other = try await bench.backUp().backup
            let name = bench.manifestPath(of: id)
            guard case .sealed(var sealed) = try ManifestDocument.decodeStored(Workbench.bytes(of: name), name: name),
                case .sealed(let others) = try ManifestDocument.decodeStored(
                    Workbench.bytes(of: bench.manifestPath(of: other)), name: other)
            else {
                Issue.record("a manifest is not sealed")
                return
            }
            let key = sealed.objects[0].key
            sealed.objects = others.objects
            sealed.objects[0].key = key
            try Data(ManifestDocument.encode(sealed)).write(to: URL(fileURLWithPath: name))
            let outcome = try await bench.nightjar("restore", id, "--to", bench.target + "/new.db")
            #expect(outcome.exitCode == 65, "\(outcome)")
            #expect(outcome.standardError.contains("other objects than inside"), "\(outcome)")
        }
    }

    @Test("that somebody exchanged as a whole are noticed where the catalog knows them")
    func exchanged() async throws {
        try await Self.withBackup(hasIdentity: false) { bench, id, key in
            let name = bench.manifestPath(of: id)
            guard case .sealed(var sealed) = try ManifestDocument.decodeStored(Workbench.bytes(of: name), name: name)
            else {
                Issue.record("a manifest is not sealed")
                return
            }
            let object = "\(bench.store)/\(sealed.objects[0].key)"
            let bytes = try Workbench.bytes(of: object).map { $0 ^ 1 }
            try Data(bytes).write(to: URL(fileURLWithPath: object))
            sealed.objects[0].parts[0].sha256 = ManifestDocument.fingerprint(of: bytes)
            try Data(ManifestDocument.encode(sealed)).write(to: URL(fileURLWithPath: name))
            let outcome = try await bench.nightjar("verify", id, "--level", "checksum")
            #expect(outcome.exitCode == 65, "\(outcome)")
            #expect(outcome.standardError.contains("another manifest than was written"), "\(outcome)")
        }
    }

    @Test("are proved by their own run, whatever identities other databases have")
    func others() async throws {
        try await withWorkbench { bench in
            let identity = AgeIdentity(), other = AgeIdentity()
            let key = bench.path + "/key"
            try bench.write(other.secretText + "\n", to: key)
            try bench.configure([
                "encryption: {recipients: [\(identity.recipient)]}", "retention: {keep_last: 5}",
            ])
            let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
            let more = """
                  second: {sqlite: "\(bench.source)", encryption: {recipients: [\(other.recipient)], \
                identity: {file: "\(key)"}}}

                """
            try bench.write(text + more, to: bench.configuration)
            try bench.makeSource(Workbench.script(rows: 10))
            let made = try await bench.nightjar("backup", "--all")
            #expect(made.exitCode == 0, "\(made)")
            #expect(made.text.split(separator: "Proved").count == 3, "\(made)")
            // What the catalog knows of it is not lost where nobody can look into it any more.
            let rebuilt = try await bench.nightjar("rebuild")
            #expect(rebuilt.exitCode == 0, "\(rebuilt)")
            try Database(path: bench.source, access: .readWrite).execute("DELETE FROM items")
            let shrunk = try await bench.nightjar("backup", Workbench.database)
            #expect(shrunk.exitCode == 0, "\(shrunk)")
            let status = try await bench.nightjar("status")
            #expect(status.exitCode == 65 && status.text.contains("rows fell"), "\(status)")
        }
    }

    @Test("are asked for in words that are understood")
    func complaints() async throws {
        try await withWorkbench { bench in
            let identity = AgeIdentity(), other = AgeIdentity()
            let key = bench.path + "/key"
            try bench.write(other.secretText, to: key)
            let cases = [
                ("{recipients: []}", "empty list"), ("{recipients: [age1abc]}", "age1"), ("{}", "recipients"),
                ("{recipients: [\(identity.secretText)]}", "age-keygen -y"),
                ("{recipients: [\(identity.recipient)], identity: {file: \"\(key)\"}}", "none of the recipients"),
                ("{recipients: [\(identity.recipient), \(identity.recipient)]}", "twice"),
            ]
            for (text, words) in cases {
                try bench.configure(["encryption: \(text)"])
                let outcome = try await bench.nightjar("check")
                #expect(outcome.exitCode == 78, "\(text): \(outcome)")
                #expect(outcome.standardError.contains(words), "\(text): \(outcome)")
                #expect(!outcome.standardError.contains(identity.secretText), "\(text)")
            }
        }
    }
}
