import Catalog
import Model
import Testing

@Suite("The catalog's events, alarms and notes") struct CatalogEventsTests {
    @Test("Events are read on from where a reader stopped")
    func events() async throws {
        try await withCatalog { catalog, _ in
            for kind in EventKind.allCases {
                try await catalog.add(EventRecord(at: noon, kind: kind, database: "shop", text: kind.rawValue))
            }
            let last = try await catalog.add(EventRecord(at: later(60), kind: .applianceStarted, text: "started"))
            var read: [EventRecord] = []
            while true {
                let some = try await catalog.events(after: read.last?.id ?? 0, limit: 4)
                if some.isEmpty { break }
                #expect(some.count <= 4)
                read += some
            }
            #expect(read.map(\.kind) == EventKind.allCases + [.applianceStarted])
            #expect(read.map(\.text) == EventKind.allCases.map(\.rawValue) + ["started"])
            #expect(read.last == EventRecord(id: last, at: later(60), kind: .applianceStarted, text: "started"))
            let latest = try await catalog.latestEvents(limit: 2)
            #expect(latest == Array(read.suffix(2).reversed()))
            let start = try await catalog.latestEvent(of: [.applianceStopped, .applianceStarted])
            #expect(start == read.last)
            let failed = try await catalog.latestEvent(of: [.backupFailed])
            #expect(failed?.kind == .backupFailed)
            let none = try await catalog.latestEvent(of: [])
            #expect(none == nil)
        }
    }

    @Test("Forgotten events do not give their ids back")
    func forgetting() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.add(EventRecord(at: noon, kind: .backupFailed, text: "old"))
            let newest = try await catalog.add(EventRecord(at: later(10), kind: .backupFailed, text: "new"))
            let count = try await catalog.forgetEvents(before: later(10))
            #expect(count == 1)
            let left = try await catalog.events(limit: 10)
            #expect(left.map(\.text) == ["new"])
            let rest = try await catalog.forgetEvents(before: later(20))
            #expect(rest == 1)
            let next = try await catalog.add(EventRecord(at: later(30), kind: .backupFailed, text: "next"))
            #expect(next > newest)
        }
    }

    @Test("Kinds of events have the names that people write in their configuration")
    func kinds() {
        #expect(EventKind.backupCompleted.rawValue == "backup.completed")
        #expect(EventKind(rawValue: "store.unreachable") == .storeUnreachable)
        let isDotted = EventKind.allCases.allSatisfy { $0.rawValue.split(separator: ".").count == 2 }
        #expect(isDotted)
    }

    @Test("An alarm is new once, and lasts since then")
    func alarms() async throws {
        try await withCatalog { catalog, _ in
            let overdue = AlarmRecord(database: "shop", kind: .overdue, since: noon, text: "one missed")
            let isNew = try await catalog.raise(overdue)
            #expect(isNew)
            let isNewAgain = try await catalog.raise(
                AlarmRecord(database: "shop", kind: .overdue, since: later(60), text: "two missed"))
            #expect(!isNewAgain)
            let shrink = AlarmRecord(database: "blog", kind: .shrink, since: noon, text: "less")
            try await catalog.raise(shrink)

            let ofShop = try await catalog.alarms(of: "shop")
            #expect(ofShop == [AlarmRecord(database: "shop", kind: .overdue, since: noon, text: "two missed")])
            let all = try await catalog.alarms()
            #expect(all == [shrink] + ofShop)

            let wasOn = try await catalog.clear(.overdue, of: "shop")
            #expect(wasOn)
            let wasStillOn = try await catalog.clear(.overdue, of: "shop")
            #expect(!wasStillOn)
            let left = try await catalog.alarms()
            #expect(left == [shrink])
        }
    }

    @Test("Notes are kept, changed and taken away")
    func notes() async throws {
        try await withCatalog { catalog, _ in
            let none = try await catalog.time(of: .lastPrune)
            #expect(none == nil)
            for time in [noon, later(60)] {
                try await catalog.setTime(time, of: .lastPrune)
                let kept = try await catalog.time(of: .lastPrune)
                #expect(kept == time)
            }
            try await catalog.setValue("no time", of: .rebuiltAt)
            let text = try await catalog.value(of: .rebuiltAt)
            #expect(text == "no time")
            let time = try await catalog.time(of: .rebuiltAt)
            #expect(time == nil)
            try await catalog.setTime(nil, of: .lastPrune)
            let gone = try await catalog.value(of: .lastPrune)
            #expect(gone == nil)
        }
    }
}
