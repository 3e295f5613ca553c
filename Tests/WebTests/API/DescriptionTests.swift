import Foundation
import Testing

@Suite("The API's description") struct DescriptionTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("docs/openapi.yaml is the file that is built in")
    func sameFile() throws {
        let document = try String(contentsOf: Self.root.appending(path: "docs/openapi.yaml"), encoding: .utf8)
        let builtIn = Self.root.appending(path: "Sources/Web/Assets/openapi.yaml")
        let asset = try String(contentsOf: builtIn, encoding: .utf8)
        #expect(document == asset)
        #expect(document.hasPrefix("openapi: 3.1.0\n"))
    }

    @Test(
        "names every route of the design",
        arguments: [
            "/", "/databases/{name}", "/runs/{id}", "/backups/{id}", "/verifications/{id}", "/healthz", "/metrics",
            "/openapi.yaml", "/export/dump", "/export/dump/status/{id}", "/export/status/{id}",
            "/export/dump/download/{file}", "/export/download/{file}", "/export/dump/{id}", "/api/v1/overview",
            "/api/v1/databases", "/api/v1/databases/{name}", "/api/v1/databases/{name}/backups", "/api/v1/backups",
            "/api/v1/backups/{id}", "/api/v1/backups/{id}/download", "/api/v1/runs", "/api/v1/runs/{id}",
            "/api/v1/verifications", "/api/v1/verifications/{id}", "/api/v1/databases/{name}/backup",
            "/api/v1/backups/{id}/verify", "/api/v1/databases/{name}/accept", "/api/v1/prune", "/notifications",
            "/api/v1/notifications", "/api/v1/notifications/{id}", "/api/v1/notifications/{id}/retry",
            "/api/v1/channels/{name}/test", "/api/v1/channels/{name}/retry", "/api/v1/channels/{name}/wake",
        ])
    func routes(path: String) throws {
        let document = try String(contentsOf: Self.root.appending(path: "docs/openapi.yaml"), encoding: .utf8)
        #expect(document.contains("\n  \(path):\n"))
    }
}
