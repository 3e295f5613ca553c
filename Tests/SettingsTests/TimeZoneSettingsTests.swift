import Foundation
import Model
import Settings
import Testing

private let summer = Timestamp(seconds: 1_782_864_000)
private let winter = Timestamp(seconds: 1_767_225_600)

/// A database with a time zone in line 4, column 15.
private func database(_ zone: String) -> String {
    "databases:\n  a:\n    sqlite: /a.db\n    timezone: \(zone)\n"
}

@Suite("Time zones in a configuration")
struct TimeZoneSettingsTests {
    @Test(
        "are read from the machine's files",
        arguments: [
            ("Europe/Berlin", 7200, 3600), ("Asia/Kathmandu", 20_700, 20_700), ("America/New_York", -14_400, -18_000),
        ])
    func found(name: String, inSummer: Int, inWinter: Int) throws {
        try withConfiguration(database(name)) { folder in
            try folder.writeZones()
            let settings = try #require(try folder.load().databases.first)
            #expect(settings.zoneName == name)
            #expect(settings.zone.offset(at: summer) == inSummer)
            #expect(settings.zone.offset(at: winter) == inWinter)
        }
    }

    @Test("need no files to be UTC", arguments: ["UTC", "Etc/UTC"])
    func coordinated(name: String) throws {
        let found = try configuration(database(name))
        #expect(found.databases.first?.zone == TimeZoneRules.utc)
        #expect(found.databases.first?.zoneName == "UTC")
    }

    @Test("come from the database, else from the defaults")
    func defaults() throws {
        let yaml = """
            defaults: {timezone: Europe/Berlin}
            databases:
              plain: {sqlite: /a.db}
              own: {sqlite: /b.db, timezone: Asia/Kathmandu}
            """
        try withConfiguration(yaml) { folder in
            try folder.writeZones()
            let names = try folder.load().databases.map { $0.zoneName }
            #expect(names == ["Europe/Berlin", "Asia/Kathmandu"])
        }
    }

    @Test(
        "that do not exist come with the name that was meant",
        arguments: [
            ("Europe/Brelin", "there is no time zone `Europe/Brelin` — did you mean `Europe/Berlin`?"),
            ("europe/berlin", "there is no time zone `europe/berlin` — did you mean `Europe/Berlin`?"),
            ("Berlin", "there is no time zone `Berlin` — did you mean `Europe/Berlin`?"),
            ("new_york", "there is no time zone `new_york` — did you mean `America/New_York`?"),
            (
                "Europe",
                "there is no time zone `Europe` — the names are the paths below zoneinfo, such as Europe/Berlin"
            ),
            (
                "Mars/Olympus_Mons",
                "there is no time zone `Mars/Olympus_Mons`"
                    + " — the names are the paths below zoneinfo, such as Europe/Berlin"
            ),
            (
                "US/Eastern",
                "there is no time zone `US/Eastern` — it is one of the old names: apt-get install tzdata-legacy"
            ),
            (
                "America/New York",
                "expected a time zone's name such as Europe/Berlin, found `America/New York`"
                    + " — did you mean `America/New_York`?"
            ),
        ])
    func unknown(name: String, complaint: String) throws {
        try withConfiguration(database(name)) { folder in
            try folder.writeZones()
            #expect(folder.complaints() == ["4:15: `timezone`: \(complaint)"])
        }
    }

    @Test(
        "lead nowhere but into the zones' folder",
        arguments: ["../outside", "Europe/../../outside", "/outside", "./Europe/Berlin", "Europe//Berlin", "Europe/"])
    func escape(name: String) throws {
        try withConfiguration(database(name)) { folder in
            try folder.writeZones()
            try folder.write(ZoneFile.berlin, to: "outside")
            let found = folder.complaints()
            #expect(found.count == 1)
            let start = "4:15: `timezone`: expected a time zone's name such as Europe/Berlin, found `\(name)`"
            #expect(found.first?.hasPrefix(start) == true, "\(found)")
        }
    }

    @Test("are looked up in the older lists where there is no other", arguments: ["zone1970.tab", "zone.tab"])
    func tables(list: String) throws {
        try withConfiguration(database("Europe/Brelin")) { folder in
            try folder.write("# codes\tcoordinates\tTZ\nDE\t+5230+01322\tEurope/Berlin\tmost\n", to: "zoneinfo/\(list)")
            #expect(folder.complaints().first?.hasSuffix("did you mean `Europe/Berlin`?") == true)
        }
    }

    @Test("are missing altogether where tzdata is")
    func notInstalled() throws {
        #expect(
            try complaints(about: database("Europe/Berlin")) == [
                "4:15: `timezone`: there are no time zones but UTC, as zoneinfo does not exist"
                    + " — install tzdata: apt-get install tzdata"
            ])
    }

    @Test("that cannot be used say why")
    func unusable() throws {
        try withConfiguration(database("right/Europe/Berlin")) { folder in
            try folder.writeZones()
            let found = folder.complaints()
            #expect(found.count == 1)
            #expect(found.first?.contains("right/Europe/Berlin counts leap seconds") == true, "\(found)")
        }
        try withConfiguration(database("Europe/Berlin")) { folder in
            try folder.write("TZif", to: "zoneinfo/Europe/Berlin")
            let found = folder.complaints()
            #expect(found.count == 1)
            #expect(found.first?.hasPrefix("4:15: `timezone`: the time zone file of Europe/Berlin is damaged") == true)
        }
    }

    @Test("are a complaint at each place, and never show what a variable holds")
    func places() throws {
        let yaml = """
            defaults: {timezone: [a]}
            databases:
              a: {sqlite: /a.db, timezone: "${KEY}"}
              b: {sqlite: /b.db, timezone: Nowhere}
            """
        try withConfiguration(yaml, environment: ["KEY": "hunter2"]) { folder in
            try folder.writeZones()
            let rest = "— the names are the paths below zoneinfo, such as Europe/Berlin"
            #expect(
                folder.complaints() == [
                    "1:22: `timezone`: expected a time zone's name such as Europe/Berlin, found a list",
                    "3:32: `timezone`: there is no time zone `${KEY}` \(rest)",
                    "4:32: `timezone`: there is no time zone `Nowhere` \(rest)",
                ])
        }
    }
}

@Suite("The machine's own time zone")
struct MachineZoneTests {
    private static let yaml = "databases:\n  a: {sqlite: /a.db}\n"

    private func link(_ folder: ConfigurationFolder, to target: String) throws {
        try FileManager.default.createDirectory(atPath: "\(folder.path)/etc", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/etc/localtime", withDestinationPath: target)
    }

    @Test(
        "is what /etc/localtime links to, whatever /etc/timezone says",
        arguments: ["/usr/share/zoneinfo/Europe/Berlin", "../usr/share/zoneinfo/Europe/Berlin"])
    func linked(target: String) throws {
        try withConfiguration(Self.yaml, files: ["etc/timezone": "Asia/Kathmandu\n"]) { folder in
            try folder.writeZones()
            try link(folder, to: target)
            let found = try folder.load()
            #expect(found.databases.first?.zoneName == "Europe/Berlin")
            #expect(found.notes.isEmpty)
        }
    }

    @Test("is what /etc/timezone names where /etc/localtime is a file of its own")
    func written() throws {
        try withConfiguration(Self.yaml, files: ["etc/timezone": "Asia/Kathmandu\n"]) { folder in
            try folder.writeZones()
            try folder.write(ZoneFile.berlin, to: "etc/localtime")
            let found = try folder.load()
            #expect(found.databases.first?.zoneName == "Asia/Kathmandu")
            #expect(found.notes.isEmpty)
        }
    }

    @Test("is UTC where nothing says more")
    func none() throws {
        try withConfiguration(Self.yaml) { folder in
            let found = try folder.load()
            #expect(found.databases.first?.zoneName == "UTC")
            #expect(found.notes.isEmpty)
        }
    }

    @Test("that has no name is noted")
    func nameless() throws {
        try withConfiguration(Self.yaml) { folder in
            try folder.write(ZoneFile.berlin, to: "etc/localtime")
            let found = try folder.load()
            #expect(found.databases.first?.zoneName == "UTC")
            #expect(
                found.notes == [
                    "the name of this machine's time zone is not known, as \(folder.path)/etc/localtime is no link to a"
                        + " zone: databases without `timezone` are in UTC"
                ])
        }
    }

    @Test(
        "that cannot be used is noted",
        arguments: [
            ("Mars/Olympus_Mons", "there is no such zone"), ("../../etc/shadow", "there is no such zone"),
            ("right/Europe/Berlin", "counts leap seconds"),
        ])
    func unusable(name: String, reason: String) throws {
        try withConfiguration(Self.yaml, files: ["etc/timezone": "\(name)\n"]) { folder in
            try folder.writeZones()
            let found = try folder.load()
            #expect(found.databases.first?.zone == TimeZoneRules.utc)
            #expect(found.notes.count == 1)
            #expect(found.notes.first?.contains("`\(name)` cannot be used") == true, "\(found.notes)")
            #expect(found.notes.first?.contains(reason) == true, "\(found.notes)")
        }
    }

    @Test("is missing without tzdata, and does not matter where every database says its own")
    func absent() throws {
        try withConfiguration(Self.yaml, files: ["etc/timezone": "Europe/Berlin\n"]) { folder in
            let found = try folder.load()
            #expect(found.databases.first?.zone == TimeZoneRules.utc)
            #expect(found.notes.first?.contains("tzdata is not installed") == true, "\(found.notes)")
        }
        let yaml = "databases:\n  a: {sqlite: /a.db, timezone: UTC}\n"
        try withConfiguration(yaml, files: ["etc/timezone": "Europe/Berlin\n"]) { folder in
            let found = try folder.load()
            #expect(found.notes.isEmpty)
        }
    }

    @Test(
        "and all others are found where tzdata puts them",
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Australia/Lord_Howe")))
    func standard() throws {
        try withConfiguration(database("Australia/Lord_Howe")) { folder in
            let found = try Settings.Configuration.load(path: "\(folder.path)/nightjar.yaml", environment: [:])
            #expect(found.databases.first?.zone.offset(at: winter) == 39_600)
            #expect(found.databases.first?.zone.offset(at: summer) == 37_800)
        }
    }
}
