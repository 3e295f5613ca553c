import Foundation
import Model
import Testing

@Suite("An encrypted backup's dump, where there is an identity") struct EncryptedDownloadTests {
    private static let recipient = "age1xmwwc06ly3ee5rytxm9mflaz2u56jjj36s0mypdrwsvlul66mv4q47ryef"
    private static let identity = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0"

    /// Runs `body` beside a page whose appliance has such a backup.
    private func withBackup(
        _ compression: String, _ body: (WebSite, BackupID) async throws -> Void
    ) async throws {
        let encryption = "{recipients: [\(Self.recipient)], identity: \(Self.identity)}"
        try await WebSite.with(more: ["defaults: {compression: \(compression), encryption: \(encryption)}"]) { site in
            try await body(site, try await site.backUp())
        }
    }

    @Test("Is text in no coding, whatever the client takes", arguments: ["zstd", "gzip", "none"])
    func text(compression: String) async throws {
        try await withBackup(compression) { site, id in
            let path = "GET /api/v1/backups/\(id)/download"
            let plain = try await site.ask(path, as: "export")
            #expect(plain.status == 200, "\(plain.body)")
            #expect(plain.body.contains("CREATE TABLE Customers"), "\(plain.body)")
            let taking = try await site.ask(path, as: "export", fields: ["Accept-Encoding: zstd, gzip"])
            #expect(taking.status == 200)
            #expect(taking.fields["content-encoding"] == nil)
            #expect(taking.fields["content-type"] == "application/sql")
            #expect(taking.fields["content-disposition"] == "attachment; filename=\"\(id).sql\"")
            #expect(taking.fields["etag"] == plain.fields["etag"])
            #expect(taking.body == plain.body)
        }
    }

    @Test(
        "Is a file of age's where the stored bytes are asked for",
        arguments: [("zstd", ".sql.zst.age"), ("gzip", ".sql.gz.age"), ("none", ".sql.age")])
    func raw(compression: String, ending: String) async throws {
        try await withBackup(compression) { site, id in
            let stored = try Data(contentsOf: URL(fileURLWithPath: "\(site.folder)/store/shop/\(id)\(ending)"))
            let answer = try await site.ask(
                "GET /api/v1/backups/\(id)/download?raw=1", as: "export", fields: ["Accept-Encoding: zstd, gzip"])
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.fields["content-type"] == "application/octet-stream")
            #expect(answer.fields["content-encoding"] == nil)
            #expect(answer.fields["content-disposition"] == "attachment; filename=\"\(id)\(ending)\"")
            #expect(answer.fields["content-length"] == "\(stored.count)")
            #expect(answer.body == String(decoding: stored, as: UTF8.self))
        }
    }
}
