import Appliance
import Catalog
import Hummingbird
import HummingbirdCore
import Model

/// Databases: how they are, and what can be done for one.
struct DatabaseRoutes: Sendable {
    let environment: WebEnvironment

    private struct List: Encodable {
        let databases: [StatusReport.Database]
    }

    private struct Accepted: Encodable {
        let database: String
        let wasFrozen: Bool
        /// Why it was.
        let reason: String?
    }

    private struct Pruned: Encodable {
        let databases: [PruneResult]
    }

    func add(to router: Router<WebContext>) {
        router.get("/api/v1/overview") { _, context in
            try context.require(.read)
            return try await JSONAnswer.make(environment.console.overview())
        }
        router.get("/api/v1/databases") { _, context in
            try context.require(.read)
            let overview = try await environment.console.overview()
            return try JSONAnswer.make(List(databases: overview.databases.map(\.status)))
        }
        router.get("/api/v1/databases/:name") { _, context in
            try context.require(.read)
            let name = try PathValue.database(context)
            return try await JSONAnswer.make(DatabaseDetailJSON(environment.console.database(name)))
        }
        router.post("/api/v1/databases/:name/backup") { request, context in try await startBackup(request, context) }
        router.post("/api/v1/databases/:name/accept") { request, context in try await accept(request, context) }
        router.post("/api/v1/prune") { request, context in try await prune(request, context) }
    }

    private func startBackup(_ request: Request, _ context: WebContext) async throws -> Response {
        let access = try context.require(.admin)
        let name = try PathValue.database(context)
        let body = try await JSONBody.read(request, context)
        try body.refuseAll(but: ["verify"])
        let verify = try body.level("verify", among: VerificationLevel.allCases)
        return try await JSONAnswer.unlessRunning {
            let run = try await environment.console.startBackup(of: name, verify: verify, requester: access.name)
            return try JSONAnswer.accepted(RunRoutes.One(run: RunJSON(run)), location: "/api/v1/runs/\(run.id)")
        }
    }

    private func accept(_ request: Request, _ context: WebContext) async throws -> Response {
        try context.require(.admin)
        let name = try PathValue.database(context)
        try await JSONBody.read(request, context).refuseAll(but: [])
        let answer = try await environment.console.accept(name)
        return try JSONAnswer.make(Accepted(database: name, wasFrozen: answer.wasFrozen, reason: answer.reason))
    }

    private func prune(_ request: Request, _ context: WebContext) async throws -> Response {
        try context.require(.admin)
        let body = try await JSONBody.read(request, context)
        try body.refuseAll(but: ["database", "dryRun"])
        let name = try QueryValue.database(body.text("database"))
        let isDryRun = try body.boolean("dryRun") ?? false
        return try await JSONAnswer.make(Pruned(databases: environment.console.prune(name, dryRun: isDryRun)))
    }
}

extension JSONBody {
    /// - Throws: 422 where it is not one of `levels`.
    func level(_ name: String, among levels: [VerificationLevel]) throws(WebError) -> VerificationLevel? {
        guard let text = try text(name) else { return nil }
        guard let level = levels.first(where: { $0.rawValue == text }) else {
            let names = levels.map(\.rawValue).joined(separator: ", ")
            throw WebError(.unprocessableContent, "\(name) must be one of: \(names)")
        }
        return level
    }
}
