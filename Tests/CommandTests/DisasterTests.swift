import Age
import Foundation
import Model
import TestSupport
import Testing

/// What docs/disaster.md says, on a machine that has lost everything but its store.
@Suite("An appliance whose machine is gone comes back from its store") struct DisasterTests {
    private static let token = "a-token-that-stands-in-the-file"

    private struct Made: Decodable {
        var appliance: String
        var files: [String]
        var backups: Int
        var frozen: [String]
        var missing: [String]
    }

    private struct Pruned: Decodable, Equatable {
        struct Database: Decodable, Equatable {
            struct Decision: Decodable, Equatable {
                var id: String
                var state: String
                var action: String
                var reasons: [String]
            }

            var database: String
            var store: String
            var decisions: [Decision]
            var deleted: [String]
        }

        var databases: [Database]
    }

    /// A configuration of two files, with secrets in one of them, and more than one backup.
    private static func prepare(_ bench: Workbench, encryption: String? = nil) async throws {
        try FileManager.default.createDirectory(
            atPath: bench.path + "/etc/conf.d", withIntermediateDirectories: true)
        let more = encryption.map { ", encryption: \($0)" } ?? ""
        try bench.write(
            """
            # The shop's appliance.
            state_dir: "\(bench.state)"
            scratch_dir: "\(bench.scratch)"
            include: ["conf.d/*.yaml"]
            http:
              listen: "off"
              tokens:
                - {name: admin, token: "\(token)", scope: admin}   # once \(token)
            stores:
              disk: {type: directory, path: "\(bench.store)"}
            defaults: {retention: {keep_last: 2}, schedule: "@daily", timezone: UTC\(more)}

            """, to: bench.path + "/etc/nightjar.yaml")
        try bench.write(
            "databases:\n  shop: {sqlite: \"\(bench.source)\"}   # ½ of all there is\n",
            to: bench.path + "/etc/conf.d/shop.yaml")
        try bench.makeSource(Workbench.script(rows: 50))
        try FileManager.default.copyItem(atPath: bench.source, toPath: original(bench))
    }

    /// What the database was; nobody but the test has it.
    private static func original(_ bench: Workbench) -> String { bench.path + "/original.db" }

    private static func configuration(_ bench: Workbench) -> String { bench.path + "/etc/nightjar.yaml" }

    private static func run(
        _ bench: Workbench, _ arguments: String..., identity: String? = nil, environment: [String: String] = [:]
    ) async throws -> RunningCommand.Outcome {
        try await CommandLineTool.run(
            ["--config", configuration(bench)] + arguments + (identity.map { ["--identity", $0] } ?? []),
            environment: environment)
    }

    /// The database, too: nothing is left but the store.
    private static func burn(_ bench: Workbench) throws {
        for name in ["etc", "state", "scratch", "data"] {
            try FileManager.default.removeItem(atPath: "\(bench.path)/\(name)")
        }
    }

    // MARK: The page's steps

    /// 1: the data, without a configuration, which is gone.
    private static func bringData(_ bench: Workbench, identity: String? = nil) async throws {
        let file = bench.target + "/shop.db"
        let restored = try await run(
            bench, "restore", "--from", "file://\(bench.store)/shop", "--to", file, identity: identity)
        try #require(restored.exitCode == 0, "\(restored)")
        #expect(try LogicalComparison(.restore).differences(between: original(bench), and: file) == [])
    }

    /// 2, after `rebuild --from`: the secret that was missing.
    /// - Returns: An environment in which it is found, as systemd's is.
    private static func bringSecret(_ bench: Workbench) async throws -> [String: String] {
        let secrets = bench.path + "/secrets"
        try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
        try bench.write(token + "\n", to: secrets + "/token-8")
        chmod(secrets + "/token-8", 0o600)
        let environment = ["CREDENTIALS_DIRECTORY": secrets]
        let checked = try await run(bench, "check", environment: environment)
        #expect(checked.exitCode == 0, "\(checked)")
        return environment
    }

    /// 2, its end: the other stores, and the database where the configuration says it was.
    private static func bringDatabase(
        _ bench: Workbench, identity: String? = nil, environment: [String: String]
    ) async throws {
        let again = try await run(bench, "rebuild", environment: environment)
        #expect(again.exitCode == 0 && !again.text.contains("frozen"), "\(again)")
        let missing = try await run(bench, "doctor", environment: environment)
        #expect(missing.exitCode == 66 && missing.text.contains(bench.source), "\(missing)")
        try FileManager.default.createDirectory(atPath: bench.path + "/data", withIntermediateDirectories: false)
        let restored = try await run(
            bench, "restore", "shop", "--to", bench.source, identity: identity, environment: environment)
        #expect(restored.exitCode == 0, "\(restored)")
        #expect(try LogicalComparison(.restore).differences(between: original(bench), and: bench.source) == [])
        let doctor = try await run(bench, "doctor", environment: environment)
        #expect(doctor.exitCode == 0, "\(doctor)")
    }

    private static func plan(_ bench: Workbench, _ environment: [String: String] = [:]) async throws -> Pruned {
        let outcome = try await run(bench, "prune", "--dry-run", "--json", environment: environment)
        try #require(outcome.exitCode == 0, "\(outcome)")
        return try outcome.answer(Pruned.self)
    }

    @Test("its next backup, its proofs and its retention are those of the old one")
    func comesBack() async throws {
        try await withWorkbench { bench in
            try await Self.prepare(bench)
            for _ in 1...3 {
                let made = try await Self.run(bench, "backup", "shop")
                #expect(made.exitCode == 0, "\(made)")
            }
            let before = try await Self.plan(bench)
            let list = try await Self.run(bench, "list", "--json").text
            let id = try String(contentsOfFile: bench.state + "/appliance.id", encoding: .utf8)
            for file in Workbench.contents(of: bench.store) where Workbench.exists("\(bench.store)/\(file)") {
                let bytes = FileManager.default.contents(atPath: "\(bench.store)/\(file)") ?? Data()
                #expect(!bytes.contains(Self.token.utf8), "\(file)")
            }
            let texts = try ["nightjar.yaml", "conf.d/shop.yaml"].map {
                try String(contentsOfFile: "\(bench.path)/etc/\($0)", encoding: .utf8)
            }
            try Self.burn(bench)

            try await Self.bringData(bench)
            let rebuilt = try await Self.run(bench, "rebuild", "--from", "file://\(bench.store)", "--json")
            #expect(rebuilt.exitCode == 0, "\(rebuilt)")
            let answer = try rebuilt.answer(Made.self)
            #expect(answer.backups == 3 && answer.frozen == [] && id == answer.appliance + "\n")
            #expect(answer.files == ["nightjar.yaml", "conf.d/shop.yaml"].map { "\(bench.path)/etc/\($0)" })
            #expect(answer.missing.count == 1 && answer.missing[0].contains("credential"), "\(answer.missing)")
            #expect(!rebuilt.text.contains(Self.token))
            let main = try String(contentsOfFile: Self.configuration(bench), encoding: .utf8)
            let expected = texts[0].replacingOccurrences(of: "\"\(Self.token)\"", with: "{credential: token-8}")
                .replacingOccurrences(of: "   # once \(Self.token)", with: "")
                .replacingOccurrences(of: "# The shop's appliance.", with: "")
            #expect(main == expected)
            #expect(
                try String(contentsOfFile: bench.path + "/etc/conf.d/shop.yaml", encoding: .utf8)
                    == texts[1].replacingOccurrences(of: "   # ½ of all there is", with: ""))

            let environment = try await Self.bringSecret(bench)
            #expect(try await Self.plan(bench, environment) == before)
            #expect(try await Self.run(bench, "list", "--json", environment: environment).text == list)
            try await Self.bringDatabase(bench, environment: environment)

            let next = try await Self.run(bench, "backup", "shop", "--json", environment: environment)
            #expect(next.exitCode == 0, "\(next)")
            let made = try #require(try next.answer(BackupAnswer.self).results.first)
            #expect(made.state == "proved")
            let kept = before.databases[0].decisions.filter { $0.action == "keep" }.map(\.id)
            #expect(made.backup > (kept.max() ?? ""))
            let pruned = try await Self.run(bench, "prune", "--json", environment: environment)
            let deleted = try pruned.answer(Pruned.self).databases[0].deleted
            #expect(deleted == before.databases[0].decisions.map(\.id).sorted().dropLast())
            let verified = try await Self.run(bench, "verify", "--all", environment: environment)
            #expect(verified.exitCode == 0, "\(verified)")
            // What came back says what was kept, and is not kept twice.
            #expect(Workbench.contents(of: bench.store + "/appliance").count == 1)
            try bench.write(
                main.replacingOccurrences(of: "@daily", with: "@hourly"), to: Self.configuration(bench))
            let changed = try await Self.run(bench, "backup", "shop", environment: environment)
            #expect(changed.exitCode == 0, "\(changed)")
            #expect(Workbench.contents(of: bench.store + "/appliance").count == 2)
        }
    }

    @Test("encrypted backups: whoever has the identity")
    func encrypted() async throws {
        try await withWorkbench { bench in
            let identity = AgeIdentity()
            let key = bench.path + "/key"
            try bench.write(identity.secretText + "\n", to: key)
            try await Self.prepare(bench, encryption: "{recipients: [\(identity.recipient)]}")
            let made = try await Self.run(bench, "backup", "shop")
            #expect(made.exitCode == 0, "\(made)")
            let kept = Workbench.contents(of: bench.store + "/appliance")
            #expect(kept.count == 1 && kept[0].hasSuffix(".json.age"))
            try Self.burn(bench)
            let from = "file://\(bench.store)"
            let closed = try await Self.run(
                bench, "restore", "--from", from + "/shop", "--to", bench.target + "/shop.db")
            #expect(closed.exitCode == 77 && closed.standardError.contains("--identity"), "\(closed)")
            try await Self.bringData(bench, identity: key)
            let refused = try await Self.run(bench, "rebuild", "--from", from)
            #expect(refused.exitCode == 77 && refused.standardError.contains("--identity"), "\(refused)")
            #expect(!Workbench.exists(bench.state) && !Workbench.exists(Self.configuration(bench)))
            let rebuilt = try await Self.run(bench, "rebuild", "--from", from, identity: key)
            #expect(rebuilt.exitCode == 0 && rebuilt.text.contains("1 backup in the catalog"), "\(rebuilt)")
            #expect(Workbench.exists(Self.configuration(bench)))
            let environment = try await Self.bringSecret(bench)
            try await Self.bringDatabase(bench, identity: key, environment: environment)
            let next = try await Self.run(bench, "backup", "shop", environment: environment)
            #expect(next.exitCode == 0 && next.text.contains("Proved"), "\(next)")
        }
    }

    @Test("nothing that is there is overwritten")
    func inTheWay() async throws {
        try await withWorkbench { bench in
            try await Self.prepare(bench)
            let made = try await Self.run(bench, "backup", "shop")
            #expect(made.exitCode == 0, "\(made)")
            let from = "file://\(bench.store)"
            let whole = try await Self.run(bench, "rebuild", "--from", from)
            #expect(whole.exitCode == 73, "\(whole)")
            try FileManager.default.removeItem(atPath: bench.state)
            try bench.write("databases: {}\n", to: Self.configuration(bench))
            let other = try await Self.run(bench, "rebuild", "--from", from)
            #expect(other.exitCode == 73 && other.standardError.contains("says something else"), "\(other)")
            #expect(!Workbench.exists(bench.state))
            try FileManager.default.createDirectory(atPath: bench.state, withIntermediateDirectories: true)
            try bench.write("another\n", to: bench.state + "/appliance.id")
            let stranger = try await CommandLineTool.run(
                ["rebuild", "--from", from, "--config", bench.path + "/new/nightjar.yaml"])
            #expect(stranger.exitCode == 73 && stranger.standardError.contains("another appliance"), "\(stranger)")
            // A folder of something else, which a configuration of somebody else's names.
            try FileManager.default.removeItem(atPath: bench.state + "/appliance.id")
            try bench.write("0 3 * * * root true\n", to: bench.state + "/jobs")
            let foreign = try await CommandLineTool.run(
                ["rebuild", "--from", from, "--config", bench.path + "/new/nightjar.yaml"])
            #expect(foreign.exitCode == 73 && foreign.standardError.contains("it has jobs"), "\(foreign)")
            #expect(Workbench.contents(of: bench.state) == ["jobs"])
            let nothing = try await Self.run(bench, "rebuild", "--from", "file://\(bench.target)")
            #expect(nothing.exitCode == 66, "\(nothing)")
            let nonsense = try await Self.run(bench, "rebuild", "--from", "somewhere")
            #expect(nonsense.exitCode == 64, "\(nonsense)")
        }
    }
}
