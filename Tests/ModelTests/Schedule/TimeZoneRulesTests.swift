import Foundation
import Model
import TestSupport
import Testing

@Suite struct TimeZoneRulesTests {
    @Test(
        "Every zone of the system has the offsets that Foundation knows", .enabled(if: ZoneFiles.areKnownToFoundation))
    func foundation() throws {
        let first = try utc("1975-01-01 00:00").seconds
        let last = try utc("2061-01-01 00:00").seconds
        var generator = SeededGenerator(seed: 1975)
        var compared = 0
        // Names without a city, such as EET, are not the same in Debian's files and in ICU's.
        for name in try ZoneFiles.names() where name.contains("/") {
            guard let judge = TimeZone(identifier: name) else { continue }
            let rules = try ZoneFiles.rules(name)
            var instants = (0..<200).map { _ in Int64.random(in: first..<last, using: &generator) }
            var next = rules.nextTransition(after: Timestamp(seconds: first))
            while let transition = next, transition.at.seconds < last {
                instants += [transition.at.seconds - 1, transition.at.seconds]
                next = rules.nextTransition(after: transition.at)
            }
            let wrong = instants.first { instant in
                let date = Date(timeIntervalSince1970: Double(instant))
                return rules.offset(at: Timestamp(seconds: instant)) != judge.secondsFromGMT(for: date)
            }
            #expect(wrong == nil, "\(name)")
            compared += 1
        }
        #expect(compared > 300)
    }

    @Test(
        "Transitions and names of six centuries are those that zdump prints",
        arguments: [
            "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
            "America/Nuuk", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Asia/Gaza",
            "Asia/Kathmandu", "Africa/Cairo", "Africa/Casablanca", "Antarctica/Troll", "Asia/Jerusalem",
        ])
    func zdump(name: String) async throws {
        let rules = try ZoneFiles.rules(name)
        let outcome = try await Command.run(["zdump", "-v", "-c", "1900,2500", name])
        try #require(outcome.exitCode == 0, "\(outcome)")
        let lines = try outcome.text.split(separator: "\n").compactMap { try ZdumpLine($0) }
        #expect(lines.count >= 2)
        for line in lines {
            #expect(rules.offset(at: line.at) == line.offset, "\(name) at \(line.at.text)")
            #expect(rules.abbreviation(at: line.at) == line.abbreviation, "\(name) at \(line.at.text)")
        }
        // zdump prints the second before each transition and the second of it; of these, the offset changes in some.
        let changes = zip(lines, lines.dropFirst()).filter { before, after in
            after.at.seconds == before.at.seconds + 1 && after.offset != before.offset
        }
        let first = try #require(lines.first?.at)
        let last = try #require(lines.last?.at)
        var found: [TimeZoneRules.Transition] = []
        var next = rules.nextTransition(after: first)
        while let transition = next, transition.at <= last {
            found.append(transition)
            next = rules.nextTransition(after: transition.at)
        }
        #expect(found.map { $0.at } == changes.map { $0.1.at })
        #expect(found.map { $0.offsetBefore } == changes.map { $0.0.offset })
        #expect(found.map { $0.offsetAfter } == changes.map { $0.1.offset })
    }

    @Test("The rules of a zone go on for all years, and come again every 400")
    func allYears() throws {
        let berlin = try ZoneFiles.rules("Europe/Berlin")
        let newYear = try utc("5000-01-01 00:00")
        let summer = try #require(berlin.nextTransition(after: newYear))
        #expect(summer.at.text == "5000-03-30T01:00:00Z")
        #expect(summer.offsetBefore == 3600)
        #expect(summer.offsetAfter == 7200)
        let winter = try #require(berlin.nextTransition(after: summer.at))
        #expect(winter.at.text == "5000-10-26T01:00:00Z")
        let fourCenturies = Int64(146_097 * 86400)
        var generator = SeededGenerator(seed: 400)
        for _ in 0..<1000 {
            let time = Int64.random(in: 2_300_000_000...13_000_000_000, using: &generator)
            let turns = Int64.random(in: 1...1000, using: &generator)
            let now = berlin.offset(at: Timestamp(seconds: time))
            #expect(now == berlin.offset(at: Timestamp(seconds: time + turns * fourCenturies)))
        }
    }

    @Test("Times at the ends of the world have an offset too", arguments: [Int64.min, Int64.max])
    func ends(seconds: Int64) throws {
        let berlin = try ZoneFiles.rules("Europe/Berlin")
        #expect([3208, 3600, 7200].contains(berlin.offset(at: Timestamp(seconds: seconds))))
        #expect(TimeZoneRules.utc.civilTime(at: Timestamp(seconds: seconds)).month >= 1)
        _ = berlin.civilTime(at: Timestamp(seconds: seconds))
        _ = berlin.nextTransition(after: Timestamp(seconds: seconds))
    }

    @Test("UTC never changes")
    func coordinated() {
        #expect(TimeZoneRules.utc.offset(at: Timestamp(seconds: 1_773_541_800)) == 0)
        #expect(TimeZoneRules.utc.abbreviation(at: Timestamp(seconds: 0)) == "UTC")
        #expect(TimeZoneRules.utc.nextTransition(after: Timestamp(seconds: 0)) == nil)
    }

    @Test("Zones are equal when their name and their rules are")
    func equality() throws {
        let berlin = try ZoneFiles.rules("Europe/Berlin")
        let again = try ZoneFiles.rules("Europe/Berlin")
        #expect(again == berlin)
        #expect(Set([again, berlin]).count == 1)
        let renamed = try TimeZoneRules(name: "Berlin", tzif: ZoneFiles.bytes("Europe/Berlin"))
        #expect(renamed != berlin)
        let changed = try TimeZoneRules(name: "Europe/Berlin", tzif: ZoneFiles.bytes("Europe/Paris"))
        #expect(changed != berlin)
    }
}

/// `NAME  Sun Mar 29 01:00:00 2026 UT = Sun Mar 29 03:00:00 2026 CEST isdst=1 gmtoff=7200`
private struct ZdumpLine {
    let at: Timestamp
    let offset: Int
    let abbreviation: String

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// nil for the lines about the ends of time, which have no date.
    init?(_ line: Substring) throws {
        let words = line.split(separator: " ").map { String($0) }
        guard words.count == 16 else { return nil }
        let month = try #require(Self.months.firstIndex(of: words[2]))
        at = try utc("\(words[5])-\(month + 1)-\(words[3]) \(words[4])")
        abbreviation = words[13]
        offset = try #require(Int(words[15].dropFirst("gmtoff=".count)))
    }
}
