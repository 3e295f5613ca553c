import Catalog
import Model
import Testing

@Suite("The catalog's databases") struct CatalogDatabasesTests {
    @Test("Configured ones are kept with the time at which they came; removed ones stay known")
    func registering() async throws {
        try await withCatalog { catalog, _ in
            let first = try await catalog.register(["shop", "blog"], at: noon)
            #expect(first == Catalog.Registration(added: ["blog", "shop"], removed: []))
            let second = try await catalog.register(["shop", "wiki"], at: later(60))
            #expect(second == Catalog.Registration(added: ["wiki"], removed: ["blog"]))
            let same = try await catalog.register(["wiki", "shop", "shop"], at: later(90))
            #expect(same == Catalog.Registration(added: [], removed: []))
            let known = try await catalog.databases()
            #expect(
                known == [
                    DatabaseRecord(name: "blog", since: noon, isConfigured: false),
                    DatabaseRecord(name: "shop", since: noon),
                    DatabaseRecord(name: "wiki", since: later(60)),
                ])
            let third = try await catalog.register(["blog"], at: later(120))
            #expect(third == Catalog.Registration(added: ["blog"], removed: ["shop", "wiki"]))
            let blog = try await catalog.database(named: "blog")
            #expect(blog == DatabaseRecord(name: "blog", since: noon))
            let unknown = try await catalog.database(named: "unknown")
            #expect(unknown == nil)
        }
    }

    @Test("Names may hold any character", arguments: ["it's", "a\"b", "sh op", "ü☃", "'; DROP TABLE databases; --"])
    func names(name: String) async throws {
        try await withCatalog { catalog, _ in
            try await catalog.register([name], at: noon)
            let known = try await catalog.database(named: name)
            #expect(known?.name == name)
        }
    }

    @Test("The handled slot is kept, also where a clock was set back")
    func slots() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.register(["shop"], at: noon)
            for slot in [noon, later(86_400), later(3600)] {
                try await catalog.setHandledSlot(slot, of: "shop")
                let known = try await catalog.database(named: "shop")
                #expect(known == DatabaseRecord(name: "shop", since: noon, handledSlot: slot))
            }
            try await catalog.setHandledSlot(noon, of: "unheard")
            let unheard = try await catalog.database(named: "unheard")
            #expect(unheard?.handledSlot == noon)
            #expect(unheard?.isConfigured == false)
        }
    }

    @Test("The first look stays the first, until more is known; one that is still to come is none")
    func firstLook() async throws {
        try await withCatalog { catalog, _ in
            for (now, expected) in [(noon, noon), (later(60), noon), (later(-60), later(-60)), (noon, later(-60))] {
                let first = try await catalog.firstLook(at: "shop", now: now)
                #expect(first == expected)
            }
            let other = try await catalog.firstLook(at: "blog", now: later(90))
            #expect(other == later(90))
            try await catalog.forgetFirstLook(at: "shop")
            try await catalog.forgetFirstLook(at: "shop")
            let anew = try await catalog.firstLook(at: "shop", now: later(120))
            #expect(anew == later(120))
        }
    }

    @Test("A freeze lasts since the first reason, with the newest, until a person accepts")
    func freezing() async throws {
        try await withCatalog { catalog, folder in
            try await catalog.register(["shop"], at: noon)
            let isNew = try await catalog.freeze("shop", kind: .rebuild, reason: "made anew", at: noon)
            #expect(isNew)
            let isNewAgain = try await catalog.freeze("shop", kind: .difference, reason: "2 found", at: later(60))
            #expect(!isNewAgain)
            let isRebuilt = try await catalog.freeze("shop", kind: .rebuild, reason: "made anew", at: later(90))
            #expect(!isRebuilt)
            try await catalog.raise(AlarmRecord(database: "shop", kind: .shrink, since: noon, text: "less"))
            await catalog.close()

            let reopened = try await openCatalog(folder)
            let frozen = try await reopened.database(named: "shop")
            #expect(frozen?.frozen == FreezeRecord(kind: .difference, reason: "2 found", since: noon))
            let wasFrozen = try await reopened.accept("shop", baseline: BackupID(time: noon), at: later(120))
            #expect(wasFrozen)
            let accepted = try await reopened.database(named: "shop")
            #expect(
                accepted
                    == DatabaseRecord(
                        name: "shop", since: noon, baseline: BackupID(time: noon), acceptedAt: later(120)))
            let alarms = try await reopened.alarms()
            #expect(alarms == [])
            let wasStillFrozen = try await reopened.accept("shop", baseline: nil, at: later(180))
            #expect(!wasStillFrozen)
            let again = try await reopened.freeze("shop", kind: .shrink, reason: "less", at: later(240))
            #expect(again)
            await reopened.close()
        }
    }

    @Test("A database that nobody has heard of cannot be accepted, but can be frozen")
    func unknown() async throws {
        try await withCatalog { catalog, _ in
            let error = await failure { try await catalog.accept("shop", baseline: nil, at: noon) }
            #expect(error?.code == .missing)
            try await catalog.freeze("shop", kind: .rebuild, reason: "made anew", at: noon)
            let known = try await catalog.database(named: "shop")
            #expect(known?.isConfigured == false)
            #expect(known?.frozen?.kind == .rebuild)
        }
    }
}
