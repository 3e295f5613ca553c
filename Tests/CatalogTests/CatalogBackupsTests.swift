import Catalog
import Model
import SQLite
import TestSupport
import Testing

/// Verifications of one backup, one a second, and what is known after them.
struct ProofCase: Sendable, CustomTestStringConvertible {
    enum Finding: String, Sendable {
        case proved, checked, unproved
        /// At the level `checksum`.
        case bytesDiffer
        /// At the level `restore`.
        case rowsDiffer
        /// There is no verification of it.
        case untold

        var proof: BackupProof { BackupProof(rawValue: rawValue) ?? .different }

        func verification(of backup: BackupID, at time: Timestamp) -> VerificationRecord? {
            guard self != .untold, let outcome = VerificationReport.Outcome(rawValue: proof.rawValue) else {
                return nil
            }
            return VerificationRecord(
                backup: backup, database: "shop", store: "disk", at: time,
                level: self == .checked || self == .bytesDiffer ? .checksum : .restore, outcome: outcome, seconds: 1,
                differences: outcome == .different ? 1 : 0, reportKey: nil)
        }
    }

    let outcomes: [Finding]
    let expected: BackupProof
    let provedAt: Timestamp?
    let verifiedAt: Timestamp?

    init(_ outcomes: [Finding], _ expected: BackupProof, proved: Int64?, verified: Int64?) {
        self.outcomes = outcomes
        self.expected = expected
        provedAt = proved.map { later($0) }
        verifiedAt = verified.map { later($0) }
    }

    var testDescription: String { outcomes.map(\.rawValue).joined(separator: ", ") }

    static let all = [
        ProofCase([.checked], .checked, proved: nil, verified: 1),
        ProofCase([.proved], .proved, proved: 1, verified: 1),
        ProofCase([.proved, .checked], .proved, proved: 1, verified: 2),
        ProofCase([.checked, .proved], .proved, proved: 2, verified: 2),
        ProofCase([.proved, .bytesDiffer], .different, proved: 1, verified: 2),
        ProofCase([.proved, .bytesDiffer, .checked], .proved, proved: 1, verified: 3),
        ProofCase([.bytesDiffer, .checked], .checked, proved: nil, verified: 2),
        ProofCase([.rowsDiffer, .checked], .different, proved: nil, verified: 2),
        ProofCase([.proved, .rowsDiffer, .checked, .checked], .different, proved: 1, verified: 4),
        ProofCase([.rowsDiffer, .checked, .proved], .proved, proved: 3, verified: 3),
        ProofCase([.rowsDiffer, .proved, .checked], .proved, proved: 2, verified: 3),
        ProofCase([.rowsDiffer, .bytesDiffer, .checked], .different, proved: nil, verified: 3),
        ProofCase([.bytesDiffer, .rowsDiffer, .checked], .different, proved: nil, verified: 3),
        ProofCase([.rowsDiffer, .proved, .bytesDiffer, .checked], .proved, proved: 2, verified: 4),
        ProofCase([.proved, .untold, .checked], .different, proved: 1, verified: 3),
        ProofCase([.proved, .unproved], .unproved, proved: nil, verified: nil),
        ProofCase([.proved, .unproved, .checked], .checked, proved: nil, verified: 3),
    ]
}

@Suite("The catalog's backups") struct CatalogBackupsTests {
    @Test("They are listed newest first, each in each store")
    func listing() async throws {
        try await withCatalog { catalog, _ in
            let records = [
                backup(20), backup(10), backup(30), backup(30, in: "r2"), backup(15, of: "blog"),
            ]
            for record in records { try await catalog.record(record) }
            let shop = try await catalog.backups(of: "shop")
            #expect(shop == [backup(30), backup(30, in: "r2"), backup(20), backup(10)])
            let all = try await catalog.allBackups()
            #expect(all == [backup(15, of: "blog")] + shop)
            let one = try await catalog.backups(withID: BackupID(time: later(30)))
            #expect(one == [backup(30), backup(30, in: "r2")])
            let none = try await catalog.backups(of: "wiki")
            #expect(none == [])
            let known = try await catalog.database(named: "blog")
            #expect(known == DatabaseRecord(name: "blog", since: later(15), isConfigured: false))
        }
    }

    @Test("What is recorded again takes the place of what was known")
    func again() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.record(backup(10))
            let better = BackupRecord(
                id: BackupID(time: later(10)), database: "shop", store: "disk", createdAt: noon, rows: .max,
                dumpBytes: 1 << 40, storedBytes: 0, proof: .proved, provedAt: later(11), verifiedAt: later(12),
                drillFailedAt: later(9), isLocked: true, shortfall: "changed while read: orders")
            try await catalog.record(better)
            let backups = try await catalog.backups(of: "shop")
            #expect(backups == [better])
        }
    }

    @Test(
        "A proof lasts where only bytes were compared later, and a difference until what has shown it is right",
        arguments: ProofCase.all)
    func proofs(proofCase: ProofCase) async throws {
        try await withCatalog { catalog, _ in
            let id = BackupID(time: noon)
            try await catalog.record(backup(0))
            try await catalog.record(backup(0, in: "r2"))
            for (index, finding) in proofCase.outcomes.enumerated() {
                let time = later(Int64(index + 1))
                let isKnown = try await catalog.setProof(
                    finding.proof, of: id, database: "shop", store: "disk", at: time)
                #expect(isKnown)
                if let verification = finding.verification(of: id, at: time) { try await catalog.add(verification) }
            }
            let backups = try await catalog.backups(of: "shop")
            #expect(backups.map(\.proof) == [proofCase.expected, .unproved])
            #expect(backups.first?.provedAt == proofCase.provedAt)
            #expect(backups.first?.verifiedAt == proofCase.verifiedAt)
        }
    }

    @Test(
        "When a drill alone failed is kept, whatever is checked later, until a restore is judged anew",
        arguments: [
            (.proved, false, nil), (.checked, false, later(1)), (.different, false, nil), (.different, true, later(2)),
            (.unproved, false, nil),
        ] as [(BackupProof, Bool, Timestamp?)])
    func drills(proof: BackupProof, isOnlyDrill: Bool, expected: Timestamp?) async throws {
        try await withCatalog { catalog, _ in
            let id = BackupID(time: noon)
            try await catalog.record(backup(0))
            try await catalog.setProof(
                .different, of: id, database: "shop", store: "disk", at: later(1), isOnlyDrill: true)
            let failed = try await catalog.backups(of: "shop")
            #expect(failed.map(\.drillFailedAt) == [later(1)])
            try await catalog.setProof(
                proof, of: id, database: "shop", store: "disk", at: later(2), isOnlyDrill: isOnlyDrill)
            let backups = try await catalog.backups(of: "shop")
            #expect(backups.map(\.drillFailedAt) == [expected])
        }
    }

    @Test("What is said of a backup that is not known is answered with no")
    func unknown() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.record(backup(1))
            let id = BackupID(time: later(2))
            let isProved = try await catalog.setProof(.proved, of: id, database: "shop", store: "disk", at: noon)
            let isLocked = try await catalog.setLocked(true, of: id, database: "shop", store: "disk")
            let isRemoved = try await catalog.remove(id, database: "shop", store: "disk")
            #expect([isProved, isLocked, isRemoved] == [false, false, false])
            let backups = try await catalog.backups(of: "shop")
            #expect(backups == [backup(1)])
        }
    }

    @Test("A lock of the bucket is kept")
    func locks() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.record(backup(1))
            let id = BackupID(time: later(1))
            for isLocked in [true, false] {
                try await catalog.setLocked(isLocked, of: id, database: "shop", store: "disk")
                let backups = try await catalog.backups(of: "shop")
                #expect(backups.map(\.isLocked) == [isLocked])
            }
        }
    }

    private static func verification(
        of number: Int64, in store: String = "disk", at time: Timestamp, outcome: VerificationReport.Outcome = .proved
    ) -> VerificationRecord {
        VerificationRecord(
            backup: BackupID(time: later(number)), database: "shop", store: store, at: time, level: .restore,
            outcome: outcome, seconds: 1.5, differences: outcome == .different ? 2 : 0,
            reportKey: "shop/report-\(time.compact).json")
    }

    @Test("Verifications are kept with their backup, newest first, and go with it")
    func verifications() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.record(backup(1))
            try await catalog.record(backup(2))
            let first = try await catalog.add(Self.verification(of: 1, at: later(10)))
            try await catalog.add(Self.verification(of: 2, at: later(20)))
            try await catalog.add(Self.verification(of: 1, at: later(30)))
            let same = try await catalog.add(Self.verification(of: 1, at: later(10), outcome: .different))
            #expect(same == first)

            let found = try await catalog.verification(first)
            let known = try #require(found)
            #expect(known.outcome == .different)
            #expect(known.differences == 2)
            #expect(known.level == .restore)
            #expect(known.seconds == 1.5)
            #expect(known.reportKey == "shop/report-20260315-120010.json")
            let all = try await catalog.verifications(of: "shop", limit: 10)
            #expect(all.map(\.at) == [later(30), later(20), later(10)])
            let newest = try await catalog.verifications(of: "shop", limit: 1)
            #expect(newest.map(\.at) == [later(30)])
            let ofOne = try await catalog.verifications(of: BackupID(time: later(1)), database: "shop")
            #expect(ofOne.map(\.at) == [later(30), later(10)])

            let isRemoved = try await catalog.remove(BackupID(time: later(1)), database: "shop", store: "disk")
            #expect(isRemoved)
            let left = try await catalog.verifications(of: "shop", limit: 10)
            #expect(left.map(\.at) == [later(20)])
            let gone = try await catalog.verification(first)
            #expect(gone == nil)
        }
    }

    @Test("A rebuild replaces one store's backups, and leaves the others")
    func replacing() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.register(["shop"], at: later(100))
            for record in [backup(1), backup(2), backup(1, in: "r2")] { try await catalog.record(record) }
            for number in [Int64(1), 2] {
                try await catalog.add(Self.verification(of: number, at: later(10 + number)))
            }
            try await catalog.add(Self.verification(of: 1, in: "r2", at: later(50)))

            try await catalog.replaceBackups(
                of: "disk", with: [backup(3, .proved), backup(2), backup(7, of: "old"), backup(5, of: "old")])
            let all = try await catalog.allBackups()
            #expect(
                all == [backup(7, of: "old"), backup(5, of: "old"), backup(3, .proved), backup(2), backup(1, in: "r2")])
            let verifications = try await catalog.verifications(of: "shop", limit: 10)
            #expect(verifications.map(\.at) == [later(50), later(12)])
            let old = try await catalog.database(named: "old")
            #expect(old == DatabaseRecord(name: "old", since: later(5), isConfigured: false))
            let shop = try await catalog.database(named: "shop")
            #expect(shop == DatabaseRecord(name: "shop", since: later(100)))

            let error = await failure { try await catalog.replaceBackups(of: "disk", with: [backup(9, in: "r2")]) }
            #expect(error?.code == .internal)
            try await catalog.replaceBackups(of: "disk", with: [])
            let left = try await catalog.allBackups()
            #expect(left == [backup(1, in: "r2")])
        }
    }

    @Test("What has come, changed or gone while a store was read stays as it is")
    func replacingWhileWorking() async throws {
        try await withCatalog { catalog, _ in
            for number in 1...3 as ClosedRange<Int64> { try await catalog.record(backup(number)) }
            let known = try await catalog.allBackups()
            try await catalog.remove(backup(1).id, database: "shop", store: "disk")
            try await catalog.setProof(.different, of: backup(2).id, database: "shop", store: "disk", at: later(60))
            try await catalog.record(backup(4))
            let changed = try await catalog.allBackups().filter { $0.id != backup(3).id }
            try await catalog.replaceBackups(
                of: "disk", with: [backup(1), backup(2, .proved), backup(3, .proved), backup(5)], since: known)
            let expected = (changed + [backup(3, .proved), backup(5)]).sorted { $0.id > $1.id }
            #expect(try await catalog.allBackups() == expected)
        }
    }

    @Test("500 databases with a year of backups each are listed in order")
    func many() async throws {
        try await withTemporaryDirectory { folder in
            try await makeCatalog(folder)
            try Database(path: "\(folder)/catalog.db", access: .readWrite).execute(
                """
                WITH RECURSIVE
                    source(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM source LIMIT 500),
                    day(at) AS (SELECT 1735689600 UNION ALL SELECT at + 86400 FROM day LIMIT 365)
                INSERT INTO backups (
                    database, id, store, created_at, rows, dump_bytes, stored_bytes, state, proved_at, verified_at,
                    is_locked
                )
                SELECT printf('database-%03d', n), strftime('dump_%Y%m%d-%H%M%S', at, 'unixepoch'), 'disk', at, 1000, 2000,
                    300, 'proved', at, at, 0
                FROM source, day
                """)
            let catalog = try await openCatalog(folder)
            let all = try await catalog.allBackups()
            #expect(all.count == 182_500)
            let isOrdered = zip(all, all.dropFirst()).allSatisfy { first, second in
                first.database == second.database ? first.id > second.id : first.database < second.database
            }
            #expect(isOrdered)
            let isExact = all.allSatisfy { $0.id.time == $0.createdAt }
            #expect(isExact)
            for name in ["database-000", "database-250", "database-499"] {
                let backups = try await catalog.backups(of: name)
                #expect(backups.count == 365)
                #expect(backups.first?.id.description == "dump_20251231-000000")
            }
            await catalog.close()
        }
    }
}
