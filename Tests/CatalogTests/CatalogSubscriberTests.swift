import Catalog
import Model
import TestSupport
import Testing

@Suite("Messages about events") struct CatalogSubscriberTests {
    private static func begin(_ catalog: Catalog, _ trigger: RunTrigger = .schedule) async throws -> Int64 {
        try await catalog.begin(RunStart(database: "shop", trigger: trigger, at: noon)).id
    }

    private static func event(_ kind: EventKind, _ text: String = "so it went", run: Int64? = nil) -> EventRecord {
        EventRecord(at: later(60), kind: kind, database: "shop", text: text, run: run)
    }

    @Test("are there with the event, also where the process is killed then")
    func together() async throws {
        try await withTemporaryDirectory { folder in
            let left = try await openCatalog(folder)
            let postman = Postman(["ops", "mail"])
            await left.subscribe(postman)
            let event = EventRecord(
                at: noon, kind: .verificationFailed, database: "shop", text: "two differences", hint: "look", run: 7,
                backup: BackupID(time: noon), verification: 9)
            let id = try await left.add(event)
            #expect(postman.rings == 1)

            let catalog = try await openCatalog(folder)
            let kept = try await catalog.events(limit: 10)
            #expect(kept.map(\.id) == [id])
            #expect(kept.first?.hint == "look")
            #expect(kept.first?.run == 7)
            #expect(kept.first?.backup == BackupID(time: noon))
            #expect(kept.first?.verification == 9)
            #expect(postman.told.map(\.event) == kept)
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages.map(\.channel) == ["mail", "ops"])
            #expect(messages.map(\.body) == ["two differences", "two differences"])
            await catalog.close()
            await left.close()
        }
    }

    @Test("are made of what is wanted only, and nobody is called where there are none")
    func wanted() async throws {
        try await withCatalog { catalog, _ in
            let postman = Postman(["ops"], kinds: [.backupFailed])
            await catalog.subscribe(postman)
            try await catalog.add(Self.event(.backupCompleted))
            try await catalog.add(Self.event(.backupFailed))
            #expect(postman.told.map(\.event.kind) == [.backupFailed])
            #expect(postman.rings == 1)
            let silent = Postman([])
            await catalog.subscribe(silent)
            try await catalog.add(EventRecord(at: noon, kind: .applianceStarted, text: "started"))
            #expect(silent.told.map(\.facts) == [nil])
            #expect(silent.rings == 0)
            await catalog.subscribe(nil, onMessage: nil)
            try await catalog.add(Self.event(.backupFailed))
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages.count == 1)
            let events = try await catalog.events(limit: 10)
            #expect(events.count == 4)
        }
    }

    @Test("that wait for a digest call nobody, and those of callbacks do")
    func calls() async throws {
        try await withCatalog { catalog, _ in
            let postman = Postman(["ops"], state: .held)
            await catalog.subscribe(postman)
            try await catalog.add(Self.event(.backupCompleted))
            #expect(postman.rings == 0)
            try await catalog.add(export(1))
            try await catalog.finishExport(
                BackupID(time: later(1)), state: .completed, at: later(1), expiresAt: later(100), delivery: delivery(1))
            #expect(postman.rings == 1)
        }
    }

    @Test("that cannot be made leave nothing behind: no event, and no end of a run")
    func refused() async throws {
        try await withCatalog { catalog, _ in
            let run = try await Self.begin(catalog)
            let postman = Postman(["ops"], refuses: true)
            await catalog.subscribe(postman)
            await #expect(throws: Postman.Refusal.self) {
                try await catalog.finish(run, RunEnd(.failed, at: later(60)), telling: Self.event(.backupFailed))
            }
            let active = try await catalog.activeRuns()
            #expect(active.map(\.id) == [run])
            let counts = try await catalog.runCounts()
            #expect(counts == [])
            let events = try await catalog.events(limit: 10)
            #expect(events == [])
            #expect(postman.rings == 0)
        }
    }

    @Test("about a run's end come with it, once")
    func ends() async throws {
        try await withCatalog { catalog, _ in
            let postman = Postman(["ops"])
            await catalog.subscribe(postman)
            let run = try await Self.begin(catalog)
            let event = Self.event(.backupCompleted, run: run)
            let ended = try await catalog.finish(run, RunEnd(.completed, at: later(60)), telling: event)
            #expect(ended.state == .completed)
            let error = await failure {
                try await catalog.finish(run, RunEnd(.completed, at: later(61)), telling: event)
            }
            #expect(error?.code == .internal)
            let events = try await catalog.events(limit: 10)
            #expect(events.map(\.run) == [run])
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages.count == 1)
            #expect(postman.rings == 1)
        }
    }

    @Test("about what comes with a run's end come behind it, in their order, or not at all")
    func severalEnds() async throws {
        try await withCatalog { catalog, _ in
            let postman = Postman(["ops"])
            await catalog.subscribe(postman)
            let run = try await Self.begin(catalog)
            let completed = Self.event(.backupCompleted, run: run)
            let shrunk = Self.event(.backupShrunk, run: run)
            try await catalog.finish(run, RunEnd(.completed, at: later(60)), telling: completed, nil, shrunk)
            let error = await failure {
                try await catalog.finish(run, RunEnd(.completed, at: later(61)), telling: completed, shrunk)
            }
            #expect(error?.code == .internal)
            let events = try await catalog.events(limit: 10)
            #expect(events.map(\.kind) == [.backupCompleted, .backupShrunk])
            #expect(postman.rings == 1)
        }
    }

    @Test("about a verification come with it and with its proof, once, and never of a backup that is not known")
    func verifications() async throws {
        try await withCatalog { catalog, _ in
            let postman = Postman(["ops"])
            await catalog.subscribe(postman)
            try await catalog.record(backup(1))
            func keep(_ number: Int64) async throws -> Int64? {
                let found = VerificationRecord(
                    backup: BackupID(time: later(number)), database: "shop", store: "disk", at: later(60),
                    level: .restore, outcome: .different, seconds: 1, differences: 1, reportKey: nil)
                return try await catalog.addProof(found) { id in
                    EventRecord(
                        at: later(60), kind: .verificationFailed, database: "shop", text: "so it went",
                        verification: id)
                }
            }
            let unknown = try await keep(2)
            #expect(unknown == nil)
            let id = try #require(try await keep(1))
            #expect(postman.told.map(\.event.verification) == [id])
            let proofs = try await catalog.backups(of: "shop").map(\.proof)
            #expect(proofs == [.different])
            let kept = try await catalog.verifications(of: "shop", limit: 10).map(\.id)
            #expect(kept == [id])
            await catalog.subscribe(Postman(["ops"], refuses: true))
            await #expect(throws: Postman.Refusal.self) {
                try await catalog.remove(
                    BackupID(time: later(1)), database: "shop", store: "disk",
                    telling: Self.event(.retentionDeleted))
            }
            let left = try await catalog.backups(of: "shop").count
            #expect(left == 1)
        }
    }

    @Test("are told what is known of the database at that moment")
    func facts() async throws {
        try await withCatalog { catalog, _ in
            let postman = Postman(["ops"])
            await catalog.subscribe(postman)
            try await catalog.add(Self.event(.databaseAdded))
            #expect(postman.told.last?.facts == EventFacts())

            try await catalog.record(backup(1, .unproved))
            try await catalog.record(backup(2, .unproved))
            try await catalog.record(backup(3, .unproved))
            try await catalog.record(backup(9, of: "blog", .unproved))
            try await catalog.setProof(
                .proved, of: BackupID(time: later(1)), database: "shop", store: "disk", at: later(30))
            try await catalog.setProof(
                .proved, of: BackupID(time: later(2)), database: "shop", store: "disk", at: later(20))
            try await catalog.freeze(
                "shop", kind: .shrink, reason: "less", at: noon, telling: Self.event(.retentionFrozen))
            let expected = EventFacts(
                lastProved: BackupID(time: later(2)), lastProvedAt: later(20), lastBackup: BackupID(time: later(3)),
                isFrozen: true)
            #expect(postman.told.last?.facts == expected)
        }
    }

    @Test("say since when backups have failed: the first failure after the last good end, exports aside")
    func failing() async throws {
        try await withCatalog { catalog, _ in
            let postman = Postman(["ops"])
            await catalog.subscribe(postman)
            var since: [Timestamp?] = []
            let ends: [(trigger: RunTrigger, state: RunEnd.State)] = [
                (.schedule, .failed), (.schedule, .completed), (.export, .failed), (.schedule, .interrupted),
                (.api, .failed), (.export, .completed), (.schedule, .failed), (.command, .completed),
            ]
            for (number, end) in ends.enumerated() {
                let run = try await Self.begin(catalog, end.trigger)
                try await catalog.finish(
                    run, RunEnd(end.state, at: later(Int64(number))), telling: Self.event(.backupFailed))
                since.append(postman.told.last?.facts?.failingSince)
            }
            #expect(since == [noon, nil, nil, nil, later(4), later(4), later(4), nil])
        }
    }

    @Test("come once of an alarm and of a freeze, and of each acceptance")
    func once() async throws {
        try await withCatalog { catalog, _ in
            await catalog.subscribe(Postman(["ops"]))
            let alarm = AlarmRecord(database: "shop", kind: .overdue, since: noon, text: "one missed")
            for _ in 1...2 {
                try await catalog.raise(alarm, telling: Self.event(.backupOverdue))
                try await catalog.freeze(
                    "shop", kind: .shrink, reason: "less", at: noon, telling: Self.event(.retentionFrozen))
            }
            for _ in 1...2 {
                try await catalog.accept("shop", baseline: nil, at: noon, telling: Self.event(.retentionAccepted))
            }
            let events = try await catalog.events(limit: 10)
            #expect(
                events.map(\.kind) == [.backupOverdue, .retentionFrozen, .retentionAccepted, .retentionAccepted])
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages.count == 4)
        }
    }
}

@Suite("Stores that are away") struct CatalogStoreTroublesTests {
    @Test("are told of once, and once when they are back")
    func troubles() async throws {
        try await withCatalog { catalog, _ in
            await catalog.subscribe(Postman(["ops"]))
            let away = EventRecord(at: noon, kind: .storeUnreachable, text: "r2 is away")
            let back = EventRecord(at: later(60), kind: .storeRecovered, text: "r2 is back")
            let none = try await catalog.clear(storeTrouble: "r2", telling: back)
            #expect(!none)
            let isNew = try await catalog.raise(
                storeTrouble: StoreTrouble(store: "r2", since: noon, text: "no answer"), telling: away)
            #expect(isNew)
            let isNewAgain = try await catalog.raise(
                storeTrouble: StoreTrouble(store: "r2", since: later(30), text: "503"), telling: away)
            #expect(!isNewAgain)
            let trouble = try await catalog.storeTrouble(of: "r2")
            #expect(trouble == StoreTrouble(store: "r2", since: noon, text: "503"))
            let other = try await catalog.storeTrouble(of: "disk")
            #expect(other == nil)

            let wasThere = try await catalog.clear(storeTrouble: "r2", telling: back)
            #expect(wasThere)
            let isStillThere = try await catalog.clear(storeTrouble: "r2", telling: back)
            #expect(!isStillThere)
            let events = try await catalog.events(limit: 10)
            #expect(events.map(\.text) == ["r2 is away", "r2 is back"])
            let messages = try await catalog.deliveries(limit: 10)
            #expect(messages.count == 2)
        }
    }
}
