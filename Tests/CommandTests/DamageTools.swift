import Foundation
import Glibc
import Model
import TestSupport
import Testing

/// Runs `body` with a workbench that holds one good backup.
func withBackup(_ settings: [String] = [], _ body: (Workbench, String) async throws -> Void) async throws {
    try await withWorkbench { bench in
        try bench.configure(settings)
        try bench.makeSource(Workbench.script(rows: 400))
        let id = try await bench.backUp().backup
        try await body(bench, id)
    }
}

/// Changes one byte of a file; the same again changes it back.
func flip(_ path: String, at place: Int64) throws {
    _ = chmod(path, 0o600)
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try file.seek(toOffset: UInt64(place))
    guard let byte = try file.read(upToCount: 1)?.first else { throw CommandError("\(path) has no byte \(place)") }
    try file.seek(toOffset: UInt64(place))
    try file.write(contentsOf: Data([byte ^ 0x10]))
    try file.close()
}

/// Lets two files change places.
func exchange(_ first: String, _ second: String, _ bench: Workbench) throws {
    let between = bench.path + "/between"
    guard rename(first, between) == 0, rename(second, first) == 0, rename(between, second) == 0 else {
        throw CommandError("rename")
    }
}

/// The number of the part that holds a byte of an object.
func part(of object: Manifest.StoredObject, at place: Int64) -> Int? {
    var end: Int64 = 0
    for part in object.parts {
        end += part.size
        if place < end { return part.number }
    }
    return nil
}

/// Verifies a backup, which has to be found different.
/// - Returns: What is said to differ.
func findDifferences(
    _ id: String, _ level: String, _ bench: Workbench, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> [VerificationReport.Difference] {
    let outcome = try await bench.nightjar("verify", id, "--level", level, "--json")
    #expect(outcome.exitCode == 65, "\(what): \(outcome)", sourceLocation: sourceLocation)
    #expect(bench.leftovers == [], "\(what)", sourceLocation: sourceLocation)
    let report = try #require(
        try outcome.answer(VerifyAnswer.self).reports.first, "\(what)", sourceLocation: sourceLocation)
    #expect(report.outcome == "different", "\(what)", sourceLocation: sourceLocation)
    return report.differences
}

/// Damage to an object has to be named with the object, and with the part where one is given; an import may name the
/// table instead.
func expectDamage(
    in object: Manifest.StoredObject, part: Int? = nil, of id: String, _ level: String, _ bench: Workbench,
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let differences = try await findDifferences(id, level, bench, what, sourceLocation: sourceLocation)
    let isNamed = differences.contains { difference in
        if level == "restore" && difference.table != nil { return true }
        return difference.object == object.key && (part == nil || difference.part == part)
    }
    #expect(isNamed, "\(what) is not named in \(differences)", sourceLocation: sourceLocation)
}

/// Restoring has to be refused, and to leave no file.
func expectRefused(_ id: String, _ bench: Workbench, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let outcome = try await bench.nightjar("restore", id, "--to", bench.target + "/restored.db", "--json")
    #expect(outcome.exitCode == 65, "\(outcome)", sourceLocation: sourceLocation)
    #expect(Workbench.contents(of: bench.target) == [], sourceLocation: sourceLocation)
    #expect(bench.leftovers == [], sourceLocation: sourceLocation)
}
