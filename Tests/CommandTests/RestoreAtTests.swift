import Foundation
import Model
import TestSupport
import Testing

@Suite("Restoring the state of a time takes the newest verified backup up to then")
struct RestoreAtTests {
    private static func restore(
        _ bench: Workbench, at time: String? = nil
    ) async throws -> RunningCommand.Outcome {
        let file = "\(bench.target)/\(UUID().uuidString).db"
        let options = time.map { ["--at", $0] } ?? []
        return try await CommandLineTool.run(
            ["--config", bench.configuration, "restore", Workbench.database, "--to", file, "--json"] + options)
    }

    private static func zone(_ name: String) throws -> TimeZoneRules {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)"))
        return try TimeZoneRules(name: name, tzif: [UInt8](bytes))
    }

    @Test("in the database's time zone, with seconds, as a day, or with an offset")
    func inZone() async throws {
        let name = "America/New_York"
        try await withBackup(["timezone: \(name)"]) { bench, id in
            let time = try #require(BackupID(id)?.time)
            try bench.setMoment(of: id, to: time)
            let shown = try Self.zone(name).civilTime(at: time).text
            for text in [shown, String(shown.map { $0 == " " ? "T" : $0 }), String(shown.prefix(10)), time.text] {
                let outcome = try await Self.restore(bench, at: text)
                #expect(outcome.exitCode == 0, "\(text): \(outcome)")
                #expect(try outcome.answer(RestoreAnswer.self).id == id, "\(text)")
            }
            // The same figures in UTC are hours earlier.
            try bench.configure(["timezone: UTC"])
            let early = try await Self.restore(bench, at: shown)
            #expect(early.exitCode == 66, "\(early)")
            let error = try early.answer(ErrorAnswer.self).error
            #expect(error.message.contains("\(shown) UTC"), "\(error)")
            #expect(error.hint?.contains("1 backup of shop, \(id)") == true, "\(error)")
        }
    }

    @Test("and names the newer one that is not verified")
    func passesUnverified() async throws {
        try await withBackup(["timezone: UTC"]) { bench, first in
            let made = try await bench.nightjar("backup", Workbench.database, "--no-verify", "--json")
            let second = try #require(try made.answer(BackupAnswer.self).results.first?.id)
            let time = try #require(BackupID(second)?.time)
            try bench.setMoment(of: second, to: time)
            for outcome in [try await Self.restore(bench), try await Self.restore(bench, at: time.text)] {
                #expect(outcome.exitCode == 0, "\(outcome)")
                let answer = try outcome.answer(RestoreAnswer.self)
                #expect(answer.id == first)
                let note = try #require(answer.notes.first { $0.contains(second) }, "\(answer.notes)")
                #expect(note.contains("was never verified") && note.contains("newest verified one is taken"))
            }
            // Before the first one there is nothing, whatever came later.
            let none = try await Self.restore(bench, at: "2001-01-01")
            #expect(none.exitCode == 66, "\(none)")
            let hint = try none.answer(ErrorAnswer.self).error.hint ?? ""
            #expect(hint.contains("2 backups of shop, from \(first)") && hint.contains("to \(second)"), "\(hint)")
        }
    }

    @Test("and none whose run had begun by then, with its state of later")
    func passesLater() async throws {
        try await withBackup(["timezone: UTC"]) { bench, first in
            let second = try await bench.backUp().backup
            let begun = try #require(BackupID(second)?.time)
            let accident = Timestamp(seconds: begun.seconds + 60)
            let taken = Timestamp(seconds: begun.seconds + 300)
            try bench.setMoment(of: second, to: taken)

            let before = try await Self.restore(bench, at: accident.text)
            #expect(before.exitCode == 0, "\(before)")
            let answer = try before.answer(RestoreAnswer.self)
            #expect(answer.id == first)
            #expect(
                answer.notes.contains { $0.contains("\(second), begun before, is the state of ") }, "\(answer.notes)")
            for time in [taken.text, nil] {
                let after = try await Self.restore(bench, at: time)
                #expect(try after.answer(RestoreAnswer.self).id == second, "\(after)")
            }

            try bench.setMoment(of: first, to: taken)
            let none = try await Self.restore(bench, at: accident.text)
            #expect(none.exitCode == 66, "\(none)")
            #expect(try none.answer(ErrorAnswer.self).error.message.contains("(\(first), begun before,"), "\(none)")
        }
    }

    @Test("at the level that the database asks for")
    func atItsLevel() async throws {
        try await withBackup { bench, proved in
            try bench.configure(["verify: {after_backup: checksum}"])
            let checked = try await bench.backUp().backup
            let byBytes = try await Self.restore(bench)
            #expect(try byBytes.answer(RestoreAnswer.self).id == checked)
            try bench.configure(["verify: {after_backup: restore}"])
            let byRestore = try await Self.restore(bench)
            #expect(try byRestore.answer(RestoreAnswer.self).id == proved)
        }
    }

    @Test("where clocks were put forward over the time, and says so")
    func inGap() async throws {
        try await withBackup(["timezone: Europe/Berlin"]) { bench, id in
            let outcome = try await Self.restore(bench, at: "2096-03-25 02:30")
            #expect(outcome.exitCode == 0, "\(outcome)")
            let answer = try outcome.answer(RestoreAnswer.self)
            #expect(answer.id == id)
            #expect(
                answer.notes.contains { $0.contains("were put forward over 2096-03-25 02:30:00") }, "\(answer.notes)")
        }
    }

    @Test("and of no other words than a time", arguments: ["yesterday", "2026-02-30", "2026-03-01 12:00 CET"])
    func refuses(text: String) async throws {
        try await withBackup { bench, _ in
            let outcome = try await Self.restore(bench, at: text)
            #expect(outcome.exitCode == 64, "\(outcome)")
            #expect(outcome.standardError.contains(text), "\(outcome)")
        }
    }

    @Test("a database without any backup is told which databases have some")
    func namesDatabases() async throws {
        try await withBackup { bench, _ in
            let outcome = try await bench.nightjar("restore", "shopp", "--to", bench.target + "/x.db", "--json")
            #expect(outcome.exitCode == 66, "\(outcome)")
            #expect(try outcome.answer(ErrorAnswer.self).error.hint?.contains("backups of shop") == true)
        }
    }
}
