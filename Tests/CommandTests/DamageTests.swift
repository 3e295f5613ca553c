import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

@Suite("Damage to a stored backup is found, named, and never restored")
struct DamageTests {
    static let levels = ["checksum", "restore"]

    @Test(
        "a flipped byte anywhere in the dump is found in its part", arguments: DamageTests.levels,
        ["zstd", "gzip", "none"])
    func flippedBytes(level: String, compression: String) async throws {
        try await withBackup(["compression: \(compression)"]) { bench, id in
            let object = try #require(try bench.manifest(of: id).objects.first)
            let path = bench.objectPath(object)
            let steps: Int64 = level == "restore" ? 6 : 24
            var places = (0..<steps).map { $0 * object.size / steps }
            places += [1, 4, object.size - 1, object.size - 5, object.size - 9, object.size - 17]
            for place in places where place >= 0 {
                try flip(path, at: place)
                let number = part(of: object, at: place)
                try await expectDamage(in: object, part: number, of: id, level, bench, "byte \(place)")
                try flip(path, at: place)
            }
            let healed = try await bench.nightjar("verify", id, "--level", level)
            #expect(healed.exitCode == 0, "\(healed)")
        }
    }

    @Test("a flipped byte in a later part is found in that part", arguments: DamageTests.levels)
    func laterPart(level: String) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(
                "CREATE TABLE t(b); INSERT INTO t VALUES (randomblob(12000000)), (randomblob(12000000))")
            let id = try await bench.backUp().backup
            let object = try #require(try bench.manifest(of: id).objects.first)
            let last = try #require(object.parts.last)
            #expect(object.parts.map { $0.number } == Array(1...object.parts.count))
            try flip(bench.objectPath(object), at: object.size - last.size / 2 - 1)
            try await expectDamage(in: object, part: last.number, of: id, level, bench, "the last part")
        }
    }

    @Test(
        "a truncated, lengthened, emptied or missing object is found", arguments: DamageTests.levels, Tampering.allCases
    )
    func tampered(level: String, tampering: Tampering) async throws {
        try await withBackup { bench, id in
            let object = try #require(try bench.manifest(of: id).objects.first)
            try tampering.apply(to: bench.objectPath(object))
            try await expectDamage(in: object, of: id, level, bench, tampering.rawValue)
            try await expectRefused(id, bench)
        }
    }

    @Test("objects of two backups that were swapped are found in both", arguments: DamageTests.levels)
    func swapped(level: String) async throws {
        try await withBackup { bench, first in
            try bench.makeSource("INSERT INTO notes(text) VALUES ('third')")
            let second = try await bench.backUp().backup
            let objects = try [first, second].flatMap { id in try bench.manifest(of: id).objects }
            try #require(objects.count == 2)
            try exchange(bench.objectPath(objects[0]), bench.objectPath(objects[1]), bench)
            for (id, object) in zip([first, second], objects) {
                try await expectDamage(in: object, of: id, level, bench, "swapped")
            }
        }
    }

    @Test("an older backup's object in the place of a newer one's is found", arguments: DamageTests.levels)
    func older(level: String) async throws {
        try await withBackup { bench, first in
            try bench.makeSource("UPDATE notes SET text = 'third' WHERE text = 'second'")
            let second = try await bench.backUp().backup
            let older = try #require(try bench.manifest(of: first).objects.first)
            let newer = try #require(try bench.manifest(of: second).objects.first)
            let path = bench.objectPath(newer)
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: bench.objectPath(older), toPath: path)
            try await expectDamage(in: newer, of: second, level, bench, "an older version")
            try await expectRefused(second, bench)
            let untouched = try await bench.nightjar("verify", first, "--level", level)
            #expect(untouched.exitCode == 0, "\(untouched)")
        }
    }

    @Test("manifests of two backups that were swapped are found", arguments: DamageTests.levels)
    func swappedManifests(level: String) async throws {
        try await withBackup { bench, first in
            try bench.makeSource("INSERT INTO notes(text) VALUES ('third')")
            let second = try await bench.backUp().backup
            try exchange(bench.manifestPath(of: first), bench.manifestPath(of: second), bench)
            for id in [first, second] {
                let outcome = try await bench.nightjar("verify", id, "--level", level, "--json")
                #expect(outcome.exitCode == 65, "\(outcome)")
                #expect(outcome.mentions("\(id).manifest.json"), "\(outcome)")
            }
        }
    }

    @Test("without its manifest there is no backup")
    func missingManifest() async throws {
        try await withBackup { bench, id in
            try FileManager.default.removeItem(atPath: bench.manifestPath(of: id))
            for verb in [
                ["verify", id], ["show", id], ["download", id], ["restore", id, "--to", bench.target + "/x.db"],
            ] {
                let outcome = try await CommandLineTool.run(["--config", bench.configuration] + verb)
                #expect(outcome.exitCode == 66, "\(verb): \(outcome)")
            }
            #expect(Workbench.contents(of: bench.target) == [])
        }
    }

    @Test("a damaged backup is not restored, whatever was there before stays", arguments: [false, true])
    func refusesToRestore(withForce: Bool) async throws {
        try await withBackup { bench, id in
            let object = try #require(try bench.manifest(of: id).objects.first)
            try flip(bench.objectPath(object), at: object.size / 2)
            try await expectRefused(id, bench)

            guard withForce else { return }
            let target = bench.target + "/old.db"
            try bench.write("what was there before", to: target)
            let outcome = try await bench.nightjar("restore", id, "--to", target, "--force")
            #expect(outcome.exitCode == 65, "\(outcome)")
            #expect(try String(contentsOfFile: target, encoding: .utf8) == "what was there before")
            #expect(Workbench.contents(of: bench.target) == ["old.db"])
        }
    }

    @Test("a damaged backup shows in verify --all, and the good one beside it does not")
    func verifiesAll() async throws {
        try await withBackup { bench, first in
            let second = try await bench.backUp().backup
            let object = try #require(try bench.manifest(of: first).objects.first)
            try flip(bench.objectPath(object), at: object.size / 2)
            let outcome = try await bench.nightjar("verify", "--all", "--json")
            #expect(outcome.exitCode == 65, "\(outcome)")
            let reports = try outcome.answer(VerifyAnswer.self).reports
            #expect(reports.filter { $0.id == first }.map { $0.outcome } == ["different"])
            for report in reports where report.id == second { #expect(report.outcome == "proved") }
            #expect(bench.leftovers == [])
        }
    }
}

/// What can be done to an object besides flipping bytes.
enum Tampering: String, CaseIterable, Sendable {
    case lastByteCutOff, cutToHalf, emptied, byteAppended, zerosAppended, removed, zeroed

    func apply(to path: String) throws {
        guard let size = FileStatus(path)?.size else { throw CommandError("there is no \(path)") }
        switch self {
        case .lastByteCutOff: _ = truncate(path, Int(size - 1))
        case .cutToHalf: _ = truncate(path, Int(size / 2))
        case .emptied: _ = truncate(path, 0)
        case .byteAppended: try append([0x41], to: path)
        case .zerosAppended: try append([UInt8](repeating: 0, count: 4096), to: path)
        case .removed: try FileManager.default.removeItem(atPath: path)
        case .zeroed: try Data(count: Int(size)).write(to: URL(fileURLWithPath: path))
        }
    }

    private func append(_ bytes: [UInt8], to path: String) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        _ = try file.seekToEnd()
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }
}
