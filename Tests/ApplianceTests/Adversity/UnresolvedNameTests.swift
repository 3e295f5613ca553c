import Catalog
import Foundation
import Model
import TestSupport
import Testing

@testable import Appliance

@Suite("A store whose name cannot be resolved", .timeLimit(.minutes(30)))
struct UnresolvedNameTests {
    /// Longer than a part of a name may be: no server has to be asked to know that there is none.
    private static let host = String(repeating: "n", count: 64) + ".invalid"
    private static let keys = ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: off}"]

    @Test("is told of by name, with what to do; the slot has its backup as soon as the name is right, nothing is left")
    func comesBack() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop")
                try site.configure(double, storeKeys: ["attempts: 1"], [("shop", Self.keys)])
                let right = try String(contentsOfFile: site.configurationPath, encoding: .utf8)
                let endpoint = "https://\(Self.host)"
                try site.write(right.replacingOccurrences(of: double.endpoint, with: endpoint))
                try await site.withDaemon { daemon, catalog in
                    try await site.waitForUpkeep(catalog)
                    site.clock.advance(seconds: 59 * 60)
                    let slot = site.clock.now
                    for pause in [60, 300] as [Int64] {
                        let failed = try await site.log.nextEnd()
                        #expect(failed.contains(Self.host), "\(failed)")
                        #expect(failed.contains("resolve"), "\(failed)")
                        #expect(failed.contains("check the store's endpoint, and the network"), "\(failed)")
                        #expect(!failed.contains(double.secretAccessKey))
                        try #require(failed.contains(site.promise(pause)), "\(failed)")
                        let status = try await site.status(catalog)
                        #expect(status.state == .failing)
                        let trouble = try await catalog.storeTrouble(of: "bucket")
                        #expect(trouble?.text.contains(Self.host) == true)
                        let scratch = try FileManager.default.contentsOfDirectory(atPath: site.scratch)
                        #expect(scratch == [])
                        if pause == 60 { site.clock.advance(seconds: pause) }
                    }
                    try site.write(right)
                    daemon.reload()
                    try await site.log.wait(for: "the configuration was read again")
                    site.clock.advance(seconds: 300)
                    let made = try await site.log.nextEnd()
                    #expect(made.contains("Proved: 1 table, 3 rows"), "\(made)")
                    let runs = try await catalog.runs(of: "shop", limit: 10)
                    #expect(runs.map(\.state) == [.completed, .failed, .failed])
                    #expect(runs.allSatisfy { $0.slot == slot })
                    #expect(runs.dropFirst().allSatisfy { $0.failure?.code == .unreachable })
                    let trouble = try await catalog.storeTrouble(of: "bucket")
                    #expect(trouble?.text == nil)
                }
                #expect(double.objects.keys.filter { $0.hasSuffix(".manifest.json") }.count == 1)
                #expect(double.openUploads == [])
            }
        }
    }

    @Test("costs the others of a database's stores nothing")
    func oneOfTwo() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop")
                let keys = Self.keys + ["store: [disk, bucket]"]
                try site.configure(double, storeKeys: ["attempts: 1"], [("shop", keys)])
                let text = try String(contentsOfFile: site.configurationPath, encoding: .utf8)
                let disk = "stores:\n  disk: {type: directory, path: \"\(site.store)\"}\n"
                try site.write(
                    text.replacingOccurrences(of: double.endpoint, with: "https://\(Self.host)")
                        .replacingOccurrences(of: "stores:\n", with: disk))
                try await site.withDaemon { _, catalog in
                    site.clock.advance(seconds: 59 * 60)
                    let end = try await site.log.wait(for: "stores=on 1 of 2 stores, without bucket")
                    #expect(end.contains("Proved: 1 table, 3 rows"), "\(end)")
                    let status = try await site.status(catalog)
                    #expect(status.state == .protected)
                    #expect(status.alarms.contains { $0.contains("on 1 of 2 stores") }, "\(status.alarms)")
                }
                #expect(site.manifests.count == 1)
            }
        }
    }
}
