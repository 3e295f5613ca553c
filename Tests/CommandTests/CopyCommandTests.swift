import Foundation
import Model
import TestSupport
import Testing

@Suite("Backups in several stores, at the command line") struct CopyCommandTests {
    private struct Copied: Decodable {
        struct Copy: Decodable {
            var id: String
            var copiedBytes: Int64
            var outcome: String?
        }

        var copies: [Copy]
    }

    /// A source and the folders `disk` and `other`.
    private static func configure(_ bench: Workbench, store: String, _ others: [String] = ["other"]) throws {
        var lines = ["state_dir: \"\(bench.state)\"", "scratch_dir: \"\(bench.scratch)\"", "stores:"]
        lines.append("  disk: {type: directory, path: \"\(bench.store)\"}")
        lines += others.map { "  \($0): {type: directory, path: \"\(bench.path)/\($0)\"}" }
        lines.append("databases: {shop: {sqlite: \"\(bench.source)\", store: \(store)}}")
        try bench.write(lines.joined(separator: "\n") + "\n", to: bench.configuration)
    }

    @Test("are copied by hand, once, and proved where they come")
    func copies() async throws {
        try await withWorkbench { bench in
            try Self.configure(bench, store: "disk")
            try bench.makeSource(Workbench.script(rows: 100))
            var ids: [String] = []
            for _ in 1...2 { ids.append(try await bench.backUp().backup) }
            let one = try await bench.nightjar("copy", ids[0], "--from", "disk", "--to", "other")
            #expect(one.exitCode == 0 && one.text.contains("Proved"), "\(one)")
            let rest = try await bench.nightjar("copy", "shop", "--from", "disk", "--to", "other", "--json")
            #expect(rest.exitCode == 0, "\(rest)")
            let answer = try rest.answer(Copied.self)
            #expect(answer.copies.map(\.id) == [ids[1]])
            #expect(answer.copies.allSatisfy { $0.outcome == "proved" && $0.copiedBytes > 0 })
            let none = try await bench.nightjar("copy", "shop", "--from", "disk", "--to", "other")
            #expect(none.exitCode == 0 && none.text.contains("has all of shop"), "\(none)")
            for id in ids {
                let name = "/shop/\(id).sql.zst"
                #expect(
                    try Workbench.bytes(of: bench.store + name) == Workbench.bytes(of: bench.path + "/other" + name))
            }

            let shown = try await bench.nightjar("show", ids[0])
            #expect(shown.exitCode == 0 && shown.text.contains("Also in   other\n"), "\(shown)")
            let show = try await bench.nightjar("show", "shop", "--json").answer(ShowAnswer.self)
            #expect([show.store] + show.otherStores == ["disk", "other"])

            let list = try await bench.nightjar("list")
            for store in ["disk", "other"] { #expect(list.text.contains(" \(store) "), "\(list)") }
            let verified = try await bench.nightjar("verify", ids[0])
            #expect(verified.exitCode == 0 && verified.text.contains("in the store other:"), "\(verified)")
            let restored = try await bench.nightjar("restore", "shop", "--to", bench.target + "/new.db")
            #expect(restored.exitCode == 0 && restored.text.contains(" from disk to "), "\(restored)")

            // What a person has deleted comes back, and is what it was.
            for name in [".manifest.json", ".sql.zst"] {
                try FileManager.default.removeItem(atPath: "\(bench.store)/shop/\(ids[0])\(name)")
                let again = try await bench.nightjar("copy", ids[0], "--from", "other", "--to", "disk")
                #expect(again.exitCode == 0 && again.text.contains("Proved"), "\(again)")
                let verified = try await bench.nightjar("verify", ids[0])
                #expect(verified.exitCode == 0, "\(verified)")
            }

            // Of a store that is configured no longer the catalog tells.
            try Self.configure(bench, store: "disk", [])
            let fewer = try await bench.nightjar("list")
            #expect(
                fewer.text.contains("The store other is configured no longer; the catalog knows 2 backups in it"),
                "\(fewer)")
            for (arguments, code) in [
                (["copy", "shop", "--from", "disk", "--to", "other"], Int32(66)),
                (["copy", "shop", "--from", "disk", "--to", "disk"], 64), (["copy", "shop"], 64),
            ] {
                let refused = try await CommandLineTool.run(["--config", bench.configuration] + arguments)
                #expect(refused.exitCode == code, "\(arguments): \(refused)")
            }
        }
    }

    @Test("are told with their stores, also where one of them is away")
    func away() async throws {
        try await withWorkbench { bench in
            try Self.configure(bench, store: "[disk, other]")
            try bench.makeSource(Workbench.script(rows: 100))
            let both = try await bench.nightjar("backup", "shop")
            #expect(both.exitCode == 0, "\(both)")
            #expect(both.text.contains("On 2 of 2 stores: disk proved, other proved"), "\(both)")
            try FileManager.default.removeItem(atPath: bench.path + "/other")
            try bench.write("", to: bench.path + "/other")
            let one = try await bench.nightjar("backup", "shop")
            #expect(one.exitCode == 0, "\(one)")
            #expect(one.text.contains("On 1 of 2 stores: disk proved, other not there"), "\(one)")
            #expect(one.standardError.contains("is not in the store other"), "\(one)")
            let status = try await bench.nightjar("status")
            #expect(status.exitCode == 0 && status.text.contains("is on 1 of 2 stores: not in other yet"), "\(status)")
        }
    }

    @Test("want stores that there are, each once, at places of their own")
    func complaints() async throws {
        try await withWorkbench { bench in
            let cases = [
                ("[disk, disk]", "twice"), ("[disk, nowhere]", "there is no store"), ("[]", "empty list"),
                ("[disk, twin]", "the same place"),
            ]
            for (store, words) in cases {
                try Self.configure(bench, store: store)
                let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
                try bench.write(
                    text.replacingOccurrences(
                        of: "databases:", with: "  twin: {type: directory, path: \"\(bench.store)\"}\ndatabases:"),
                    to: bench.configuration)
                let outcome = try await bench.nightjar("check")
                #expect(outcome.exitCode == 78 && outcome.standardError.contains(words), "\(store): \(outcome)")
            }
        }
    }
}
