import Catalog
import Dump
import Foundation
import Model
import Storage
import TestSupport
import Testing

@testable import Appliance

@Suite("Two appliances on one prefix of a store", .timeLimit(.minutes(30)))
struct TwoAppliancesTests {
    private static let keys = [
        "schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}", "verify: {again_every: off}",
    ]

    @Test("the second is refused, told who is there, and writes nothing; with a prefix of its own both go on")
    func bucket() async throws {
        try await withR2Double { double in
            try await withTwoSites { first, second in
                try first.configure(double, storeKeys: [], [("shop", Self.keys)])
                try second.configure(double, storeKeys: [], [("shop", Self.keys)])
                try await first.serve { _ in
                    try await Self.expectProof(first, after: 59 * 60)
                    let before = double.objects
                    try await second.serve { catalog in
                        try await Self.expectRefusal(second, by: first, catalog)
                    }
                    #expect(double.objects == before)
                    #expect(double.openUploads == [])
                    #expect(try FileManager.default.contentsOfDirectory(atPath: second.scratch) == [])

                    try second.configure(double, storeKeys: ["prefix: second"], [("shop", Self.keys)])
                    try await second.serve { _ in try await Self.expectProof(second, after: 3600) }
                    #expect(before.allSatisfy { double.objects[$0.key] == $0.value })
                    try await Self.expectProof(first, after: 3600)
                }
                #expect(double.overwrittenKeys == [])
                let manifests = double.objects.keys.filter { $0.hasSuffix(".manifest.json") }
                #expect(manifests.filter { $0.hasPrefix("shop/") }.count == 2)
                #expect(manifests.filter { $0.hasPrefix("second/shop/") }.count == 1)
            }
        }
    }

    @Test("the same holds for a folder, and the owner's backups stay as they are")
    func folder() async throws {
        try await withTwoSites { first, second in
            try first.configure([("shop", Self.keys)])
            try second.configure([("shop", Self.keys)])
            let own = try String(contentsOfFile: second.configurationPath, encoding: .utf8)
            try second.write(own.replacingOccurrences(of: "\"\(second.store)\"", with: "\"\(first.store)\""))
            try await first.serve { _ in try await Self.expectProof(first, after: 59 * 60) }
            let before = Self.contents(first)
            try await second.serve { catalog in try await Self.expectRefusal(second, by: first, catalog) }
            #expect(Self.contents(first) == before)

            try second.write(own)
            try await second.serve { _ in try await Self.expectProof(second, after: 3600) }
            try await first.serve { _ in try await Self.expectProof(first, after: 3600) }
            #expect(first.manifests.count == 2)
            #expect(second.manifests.count == 1)
        }
    }

    @Test("of two that come to an empty prefix at once, one becomes its owner")
    func atOnce() async throws {
        try await withR2Double { double in
            try await withTwoSites { first, second in
                for number in 1...8 {
                    let storeKeys = ["prefix: p\(number)"]
                    try first.configure(double, storeKeys: storeKeys, [("shop", [])])
                    try second.configure(double, storeKeys: storeKeys, [("shop", [])])
                    let sites = [first, second]
                    let failures = await withTaskGroup(of: (any Error)?.self) { group in
                        for site in sites {
                            group.addTask { await Self.claim(site, "bucket") }
                        }
                        var failures: [any Error] = []
                        for await failure in group { if let failure { failures.append(failure) } }
                        return failures
                    }
                    #expect(failures.count == 1, "\(failures)")
                    let refusal = try #require(failures.first as? any Failure)
                    #expect(refusal.code == .configuration)
                    #expect(refusal.message.contains("belongs to another appliance"), "\(refusal)")
                }
                #expect(double.overwrittenKeys == [])
            }
        }
    }

    @Test("an owner whose first answer was lost is no stranger to itself")
    func lostAnswer() async throws {
        try await withR2Double { double in
            try await withTwoSites { first, second in
                try first.configure(double, storeKeys: [], [("shop", [])])
                try second.configure(double, storeKeys: [], [("shop", [])])
                double.inject(
                    .answerLostAfterDoing, matching: R2RequestPattern(method: "PUT", keySuffix: "owner.json"))
                for _ in 1...2 {
                    let failure = await Self.claim(first, "bucket")
                    #expect(failure.map { "\($0)" } == nil)
                }
                let refused = await Self.claim(second, "bucket")
                #expect((refused as? any Failure)?.code == .configuration)
                #expect(double.overwrittenKeys == [])
            }
        }
    }

    // MARK: Tools

    private func withTwoSites(_ body: (Site, Site) async throws -> Void) async throws {
        try await withSite { first in
            try await withSite { second in
                for site in [first, second] { try site.makeSource("shop") }
                try await body(first, second)
            }
        }
    }

    /// - Returns: Why the store is not the site's; nil where it is.
    private static func claim(_ site: Site, _ store: String) async -> (any Error)? {
        do {
            let appliance = try site.appliance()
            return try await withEnding({ await appliance.stores.shutdown() }) { () -> (any Error)? in
                do {
                    try await appliance.ownership(of: appliance.stores.store(named: store)).claim(now: .now)
                    return nil
                } catch {
                    return error
                }
            }
        } catch {
            return error
        }
    }

    private static func expectProof(_ site: Site, after seconds: Int64) async throws {
        site.clock.advance(seconds: seconds)
        let end = try await site.log.nextEnd()
        #expect(end.contains("Proved: 1 table, 3 rows"), "\(end)")
    }

    private static func expectRefusal(_ site: Site, by owner: Site, _ catalog: Catalog) async throws {
        site.clock.advance(seconds: 59 * 60)
        let end = try await site.log.nextEnd()
        let id = try String(contentsOfFile: owner.state + "/appliance.id", encoding: .utf8).filter { !$0.isWhitespace }
        #expect(end.contains("not backed up: "), "\(end)")
        #expect(end.contains("belongs to another appliance (\(id) on "), "\(end)")
        #expect(end.contains("Give this one a prefix of its own"), "\(end)")
        #expect(!end.contains("trying again"), "nothing but a person can help")
        let status = try await site.status(catalog)
        // What it has found there waits for a person, at the latest when the catalog has heard of it.
        #expect(status.state == .failing || status.state == .frozen)
        #expect(status.lastFailure?.message.contains("belongs to another appliance") == true)
        let events = try await catalog.events(of: "shop", limit: 10)
        #expect(events.contains { $0.kind == .backupFailed })
    }

    private static func contents(_ site: Site) -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in site.files { contents[name] = FileManager.default.contents(atPath: site.store + "/" + name) }
        return contents
    }
}
