import Appliance
import Foundation
import Model
import Storage
import TestSupport
import Testing

@Suite("The sweep removes what backups that never came to be have left, and nothing else", .timeLimit(.minutes(30)))
struct OrphanSweepTests {
    /// Where the sweep is tried.
    enum Place: CaseIterable, Sendable, CustomTestStringConvertible {
        case directory
        case bucket

        var testDescription: String {
            switch self {
            case .directory: "directory"
            case .bucket: "R2 double"
            }
        }

        /// Runs `body` with two stores at one place, as two processes have them.
        func run(_ body: (any ObjectStore, any ObjectStore) async throws -> Void) async throws {
            switch self {
            case .directory:
                try await withTemporaryDirectory { path in
                    try await use(.directory(path: path), body)
                }
            case .bucket:
                try await withR2Double(minimumPartSize: 100) { double in
                    try await use(OrphanSweepTests.configuration(of: double), body)
                    #expect(double.overwrittenKeys == [])
                }
            }
        }

        private func use(
            _ configuration: StoreConfiguration, _ body: (any ObjectStore, any ObjectStore) async throws -> Void
        ) async throws {
            let first = try openStore(configuration, prefix: "web-1")
            let second = try openStore(configuration, prefix: "web-1")
            try await withEnding({
                await first.shutdown()
                await second.shutdown()
            }) {
                try await body(first, second)
            }
        }
    }

    private static func configuration(of double: R2Double) -> StoreConfiguration {
        .s3(
            S3Configuration(
                isR2: true, endpoint: double.endpoint, region: "auto", bucket: double.bucket,
                accessKeyID: double.accessKeyID, secretAccessKey: Secret(double.secretAccessKey), attempts: 3,
                retryDelayScale: 0.001))
    }

    private let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))

    private func id(hoursAgo hours: Int64) -> BackupID {
        BackupID(time: Timestamp(seconds: now.seconds - hours * 3600))
    }

    private func sweep(
        _ store: any ObjectStore, later: Int64 = 0, keeping: Set<BackupID> = []
    ) async throws -> [String] {
        try await OrphanSweep(
            store: store, database: "shop", now: Timestamp(seconds: now.seconds + later), keeping: keeping
        ).run()
    }

    private func put(_ keys: [String], in store: any ObjectStore) async throws {
        for key in keys { _ = try await store.create(key, Part(bytes: Array(key.utf8))) }
    }

    private func keys(in store: any ObjectStore) async throws -> [String] {
        var keys: [String] = []
        var after: ListPosition?
        repeat {
            let page = try await store.list(prefix: "", after: after, limit: 1000)
            keys += page.objects.map(\.key)
            after = page.next
        } while after != nil
        return keys
    }

    /// Begins an upload and lets go of it, as a process that was killed does.
    @discardableResult
    private func leaveUpload(_ key: String, in store: any ObjectStore) async throws -> String {
        let upload = try await store.beginUpload(key, partSize: 100)
        _ = try await upload.upload(Part(bytes: [1, 2, 3]))
        await upload.suspend()
        return upload.id
    }

    // MARK: Objects

    @Test(
        "Data and reports without a manifest go; backups, younger ones, kept ones and foreign names stay",
        arguments: Place.allCases)
    func objects(_ place: Place) async throws {
        try await place.run { store, _ in
            let orphan = id(hoursAgo: 50)
            let table = id(hoursAgo: 49)
            let backup = id(hoursAgo: 48)
            let kept = id(hoursAgo: 47)
            let young = id(hoursAgo: 23)
            let going = [
                "shop/\(orphan).sql.zst", "shop/\(orphan).verified-20260315-023000.json",
                "shop/\(table).csv/%E2%82%AC.csv.gz", "shop/\(table).csv/t.csv.zst", "shop/\(table).json.zst",
                "shop/\(table).sql", "shop/\(table).sql.gz", "shop/\(table).sql.zst.age",
                "shop/\(table).csv/0001.csv.gz.age",
            ]
            let staying = [
                "blog/\(orphan).sql.zst", "exports/\(orphan).sql.zst", "owner.json", "shop/\(kept).sql.zst",
                "shop/\(backup).csv/t.csv.zst", "shop/\(backup).manifest.json", "shop/\(backup).sql.zst",
                "shop/\(backup).verified-20260315-023000.json", "shop/\(young).sql.zst",
                "shop/exports/\(orphan).sql.zst", "shop/notes.txt", "shop2/\(orphan).sql.zst",
                // Of an id without a manifest, but not of our form.
                "shop/\(orphan).age", "shop/\(orphan).sql.zst.age.old", "shop/\(orphan).sql.zst.old",
                "shop/\(orphan).sql.zst2", "shop/\(orphan).sqlite", "shop/\(orphan).",
                "shop/\(orphan).manifest.json.old", "shop/\(orphan).verified-yesterday.json",
                "shop/\(orphan).verified-20260315-0230.json", "shop/\(orphan).csv/a/b.csv.zst",
                "shop/\(orphan).csv/table.txt", "shop/\(orphan)/sql.zst", "shop/\(orphan)x.sql.zst",
                "shop/\(orphan).sql.zst\u{301}", "shop/Dump_20200101-000000.sql.zst",
                "shop/dump_20209999-000000.sql.zst", "shop/dump_20200101-00000.sql.zst",
            ]
            try await put(going + staying, in: store)
            let words = try await sweep(store, keeping: [kept])
            #expect(words.count == going.count, "\(words)")
            for key in going { #expect(words.contains { $0.contains(" \(key) ") }, "\(key)") }
            #expect(try await keys(in: store).sorted() == staying.sorted())
            #expect(try await sweep(store, keeping: [kept]) == [])
        }
    }

    @Test("An id is left alone for a whole day", arguments: Place.allCases)
    func grace(_ place: Place) async throws {
        try await place.run { store, _ in
            let key = "shop/\(id(hoursAgo: 24)).sql.zst"
            try await put([key], in: store)
            #expect(try await sweep(store) == [])
            #expect(try await sweep(store, later: 1).count == 1)
            #expect(try await keys(in: store) == [])
        }
    }

    @Test("Many backups are gone through page by page, and ids that a page's end divides stay whole")
    func pages() async throws {
        try await withR2Double { double in
            let store = try openStore(Self.configuration(of: double), prefix: "web-1")
            var staying: Set<String> = []
            for number in Int64(0)..<800 {
                let stem = "web-1/shop/\(id(hoursAgo: 1000 - number))"
                let isOrphan = number % 50 == 7
                for ending in ["csv/t.csv.zst", "manifest.json", "sql.zst"] where !(isOrphan && ending.hasPrefix("m")) {
                    double.put("\(stem).\(ending)", [1])
                    if !isOrphan { staying.insert("\(stem).\(ending)") }
                }
            }
            #expect(try await sweep(store).count == 32)
            #expect(Set(double.objects.keys) == staying)
            await store.shutdown()
        }
    }

    @Test("A manifest that comes at the last moment, or another object, saves all")
    func changesMeanwhile() async throws {
        try await Place.directory.run { store, other in
            let orphan = id(hoursAgo: 50)
            let dump = "shop/\(orphan).sql.zst"
            let manifest = "shop/\(orphan).manifest.json"
            try await put([dump], in: store)
            let late = Interposed(store) { if $0 == .head(manifest) { try await put([manifest], in: other) } }
            #expect(try await sweep(late) == [])
            try await other.delete(manifest)

            let table = "shop/\(orphan).csv/t.csv.zst"
            let busy = Interposed(store) {
                if $0 == .list("shop/\(orphan).") { try await put([table], in: other) }
            }
            #expect(try await sweep(busy) == [])
            #expect(try await keys(in: store) == [table, dump])
            #expect(try await sweep(store).count == 2)
        }
    }

    @Test("What a lock of the bucket holds stays, and is no failure")
    func lockedBucket() async throws {
        try await withR2Double { double in
            let store = try openStore(Self.configuration(of: double), prefix: "web-1")
            try await put(["shop/\(id(hoursAgo: 50)).sql.zst"], in: store)
            double.setBucketLock(true)
            #expect(try await sweep(store) == [])
            #expect(double.objects.count == 1)
            double.setBucketLock(false)
            #expect(try await sweep(store).count == 1)
            await store.shutdown()
        }
    }

    // MARK: Uploads

    @Test(
        "Uploads of orphans are aborted; those of young ids, of kept ones and of others stay",
        arguments: Place.allCases)
    func uploads(_ place: Place) async throws {
        try await place.run { store, other in
            let backup = id(hoursAgo: 48)
            try await put(["shop/\(backup).manifest.json"], in: other)
            let orphan = "shop/\(id(hoursAgo: 50)).sql.zst"
            let kept = id(hoursAgo: 47)
            let staying = [
                "blog/\(id(hoursAgo: 50)).sql.zst", "shop/\(backup).sql.zst", "shop/\(kept).sql.zst",
                "shop/\(id(hoursAgo: 2)).sql.zst", "shop/\(id(hoursAgo: 50)).old.zst", "shop/exports/large.sql",
            ]
            for key in [orphan] + staying { try await leaveUpload(key, in: other) }
            let words = try await sweep(store, keeping: [kept])
            #expect(words.count == 1)
            #expect(words.first?.contains(orphan) == true)
            #expect(try await store.openUploads(prefix: "").map(\.key) == staying.sorted())
            #expect(try await keys(in: store) == ["shop/\(backup).manifest.json"])
        }
    }

    @Test(
        "An upload that was begun more than a day ago is aborted whatever its id, but for kept ones",
        arguments: Place.allCases)
    func oldUploads(_ place: Place) async throws {
        try await place.run { store, other in
            let backup = id(hoursAgo: 48)
            let kept = id(hoursAgo: 2)
            let young = id(hoursAgo: 1)
            try await put(["shop/\(backup).manifest.json", "shop/\(backup).sql.gz"], in: other)
            for id in [backup, kept, young] { try await leaveUpload("shop/\(id).sql.zst", in: other) }
            // The young one is older than a day by then, too.
            let words = try await sweep(store, later: 2 * 86_400, keeping: [kept])
            #expect(words.count == 2)
            #expect(try await store.openUploads(prefix: "").map(\.key) == ["shop/\(kept).sql.zst"])
            #expect(
                try await keys(in: store) == ["shop/\(backup).manifest.json", "shop/\(backup).sql.gz"])
        }
    }

    @Test("An upload that a process holds is left to it")
    func heldUpload() async throws {
        try await Place.directory.run { store, other in
            let key = "shop/\(id(hoursAgo: 50)).sql.zst"
            let upload = try await other.beginUpload(key, partSize: 100)
            let part = try await upload.upload(Part(bytes: [1, 2, 3]))
            #expect(try await sweep(store) == [])
            _ = try await upload.complete([part])
            #expect(try await keys(in: store) == [key])
        }
    }

    @Test("A name that no database can have is not looked for", arguments: ["", "../shop", "shop/", ".hidden", "shöp"])
    func badName(_ name: String) async throws {
        try await Place.directory.run { store, _ in
            try await put(["shop/\(id(hoursAgo: 50)).sql.zst"], in: store)
            let removed = try await OrphanSweep(store: store, database: name, now: now, keeping: []).run()
            #expect(removed == [])
            #expect(try await keys(in: store).count == 1)
        }
    }
}

/// A store in which something happens before a request.
private struct Interposed: ForwardingStore {
    enum Request: Sendable, Equatable {
        case head(String)
        case list(String)
    }

    let store: any ObjectStore
    private let before: @Sendable (Request) async throws -> Void

    init(_ store: any ObjectStore, before: @escaping @Sendable (Request) async throws -> Void) {
        self.store = store
        self.before = before
    }

    func head(_ key: String) async throws -> ObjectInfo? {
        try await before(.head(key))
        return try await store.head(key)
    }

    func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage {
        try await before(.list(prefix))
        return try await store.list(prefix: prefix, after: after, limit: limit)
    }
}
