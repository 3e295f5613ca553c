import Foundation
import Model
import TestSupport
import Testing

@Suite("A manifest that was edited is found out")
struct ManifestDamageTests {
    @Test("a changed byte anywhere in it is found", arguments: DamageTests.levels)
    func flippedBytes(level: String) async throws {
        try await withBackup { bench, id in
            let path = bench.manifestPath(of: id)
            let size = try #require(FileStatus(path)).size
            for place in (0..<16).map({ Int64($0) * size / 16 }) {
                try flip(path, at: place)
                let outcome = try await bench.nightjar("verify", id, "--level", level, "--json")
                #expect(outcome.exitCode == 65, "byte \(place): \(outcome)")
                #expect(outcome.mentions("\(id).manifest.json"), "byte \(place): \(outcome)")
                try flip(path, at: place)
            }
            let healed = try await bench.nightjar("verify", id, "--level", level)
            #expect(healed.exitCode == 0, "\(healed)")
        }
    }

    @Test("a changed digit is found, and nothing is restored", arguments: DamageTests.levels)
    func changedDigit(level: String) async throws {
        try await withBackup { bench, id in
            let path = bench.manifestPath(of: id)
            var text = try String(contentsOfFile: path, encoding: .utf8)
            let rows = try #require(text.range(of: #""rows" : 400"#) ?? text.range(of: #""rows":400"#))
            text.replaceSubrange(rows, with: #""rows" : 401"#)
            try bench.write(text, to: path)
            let outcome = try await bench.nightjar("verify", id, "--level", level, "--json")
            #expect(outcome.exitCode == 65, "\(outcome)")
            #expect(outcome.mentions("\(id).manifest.json"), "\(outcome)")
            try await expectRefused(id, bench)
        }
    }

    @Test(
        "a truncated, emptied or lengthened manifest is found",
        arguments: [
            Tampering.lastByteCutOff, .cutToHalf, .emptied, .byteAppended, .zeroed,
        ])
    func tampered(_ tampering: Tampering) async throws {
        try await withBackup { bench, id in
            let path = bench.manifestPath(of: id)
            // The line end is not part of what the manifest vouches for.
            if tampering == .lastByteCutOff { try Tampering.lastByteCutOff.apply(to: path) }
            try tampering.apply(to: path)
            let outcome = try await bench.nightjar("verify", id, "--json")
            #expect(outcome.exitCode == 65, "\(outcome)")
            try await expectRefused(id, bench)
        }
    }

    /// An edit by somebody who knows how the manifest vouches for itself.
    struct Forgery: Sendable, CustomStringConvertible {
        let description: String
        let levels: [String]
        let namesTable: Bool
        let edit: @Sendable (inout Manifest) -> Void

        init(
            _ description: String, levels: [String] = ["restore"], namesTable: Bool = false,
            _ edit: @escaping @Sendable (inout Manifest) -> Void
        ) {
            self.description = description
            self.levels = levels
            self.namesTable = namesTable
            self.edit = edit
        }

        static let all: [Forgery] = [
            Forgery("more rows", namesTable: true) { $0.tables[0].rows += 1 },
            Forgery("fewer rows", namesTable: true) { $0.tables[0].rows -= 1 },
            Forgery("another digest", namesTable: true) { $0.tables[0].digest.add(rowHash: 1) },
            Forgery("a table forgotten") { $0.tables.removeLast() },
            Forgery("a table invented") { manifest in
                var invented = manifest.tables[0]
                invented.name = "invented"
                manifest.tables.append(invented)
            },
            Forgery("an index forgotten") { $0.schema.removeAll { $0.type == "index" } },
            Forgery("another statement in the schema") { manifest in
                for index in manifest.schema.indices where manifest.schema[index].type == "index" {
                    manifest.schema[index].sql = "CREATE INDEX by_name ON items(data)"
                }
            },
            Forgery("another SHA-256 of a part", levels: DamageTests.levels) { manifest in
                manifest.objects[0].parts[0].sha256 = String(repeating: "0", count: 64)
            },
            Forgery("another user_version") { $0.source.userVersion += 1 },
        ]

        /// What a manifest never says: its own numbers do not fit together.
        static let contradictions = [
            Forgery("another size") { $0.objects[0].size += 1 },
            Forgery("another size of a part") { $0.objects[0].parts[0].size -= 1 },
            Forgery("no parts") { $0.objects[0].parts = [] },
            Forgery("no objects") { $0.objects = [] },
        ]
    }

    @Test("an edit with a SHA-256 that fits is found by what it says", arguments: Forgery.all)
    func forged(_ forgery: Forgery) async throws {
        try await withBackup { bench, id in
            var manifest = try bench.manifest(of: id)
            let table = manifest.tables[0].name
            let object = manifest.objects[0].key
            forgery.edit(&manifest)
            let bytes = try ManifestDocument.encode(manifest)
            try Data(bytes).write(to: URL(fileURLWithPath: bench.manifestPath(of: id)))
            try bench.forgetManifests()

            for level in forgery.levels {
                let differences = try await findDifferences(id, level, bench, "\(forgery) at \(level)")
                if forgery.namesTable { #expect(differences.contains { $0.table == table }, "\(differences)") }
                if forgery.levels.count > 1 { #expect(differences.contains { $0.object == object }, "\(differences)") }
            }
        }
    }

    @Test("an edit that contradicts itself is found before anything is fetched", arguments: Forgery.contradictions)
    func contradicting(_ forgery: Forgery) async throws {
        try await withBackup { bench, id in
            var manifest = try bench.manifest(of: id)
            forgery.edit(&manifest)
            let bytes = try ManifestDocument.encode(manifest)
            try Data(bytes).write(to: URL(fileURLWithPath: bench.manifestPath(of: id)))
            for level in DamageTests.levels {
                let outcome = try await bench.nightjar("verify", id, "--level", level)
                #expect(outcome.exitCode == 65, "\(outcome)")
                #expect(outcome.mentions("\(id).manifest.json"), "\(outcome)")
            }
            let restored = try await bench.nightjar("restore", id, "--to", bench.path + "/restored.db")
            #expect(restored.exitCode == 65, "\(restored)")
            #expect(!Workbench.exists(bench.path + "/restored.db"))
        }
    }
}
