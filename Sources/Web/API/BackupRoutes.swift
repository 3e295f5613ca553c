import Appliance
import Catalog
import Hummingbird
import HummingbirdCore
import Model
import Settings

/// Backups: lists, one of them, its dump, and verifying it.
struct BackupRoutes: Sendable {
    let environment: WebEnvironment

    private struct List: Encodable {
        let backups: [BackupJSON]
        let next: String?
    }

    private struct Begun: Encodable {
        let verifying: VerificationTask
    }

    func add(to router: Router<WebContext>) {
        router.get("/api/v1/backups") { request, context in
            try context.require(.read)
            let name = try QueryValue.database(request)
            let backups = try await environment.console.backups(of: name)
            return try list(backups.map { BackupJSON($0) }, request)
        }
        router.get("/api/v1/databases/:name/backups") { request, context in
            try context.require(.read)
            let detail = try await environment.console.database(PathValue.database(context))
            return try list(detail.backups.map { BackupJSON($0.backup, $0.decision) }, request)
        }
        router.get("/api/v1/backups/:id") { _, context in
            try context.require(.read)
            let id = try PathValue.backup(context)
            return try await JSONAnswer.make(BackupDetailJSON(environment.console.backup(id)))
        }
        router.get("/api/v1/backups/:id/download") { request, context in try await download(request, context) }
        router.post("/api/v1/backups/:id/verify") { request, context in try await verify(request, context) }
        router.delete("/api/v1/backups/:id/verify") { _, context in
            try context.require(.admin)
            let id = try PathValue.backup(context)
            let task = try await environment.console.cancelVerification(of: id)
            return try JSONAnswer.accepted(Begun(verifying: task), location: "/api/v1/backups/\(id)")
        }
    }

    private func list(_ backups: [BackupJSON], _ request: Request) throws -> Response {
        // Ids of the same form sort as their times do.
        let before = try QueryValue.backupBefore(request)?.description
        let rest = backups.filter { backup in before.map { backup.id < $0 } ?? true }
        let page = try Page(rest, limit: QueryValue.limit(request), mark: \.id)
        return try JSONAnswer.make(List(backups: page.items, next: page.next))
    }

    private func download(_ request: Request, _ context: WebContext) async throws -> Response {
        try context.require(.export)
        let id = try PathValue.backup(context)
        let isRaw = try QueryValue.isRaw(request)
        let download = try await environment.console.download(id, table: QueryValue.table(request))
        return try await DownloadAnswer(download: download, isRaw: isRaw, eventLoop: context.eventLoop)
            .response(to: request)
    }

    /// - Throws: 422 where no store has that name.
    private func require(_ store: String) async throws {
        let configuration = await environment.console.configuration()
        guard configuration.store(named: store) == nil else { return }
        let names = configuration.stores.map(\.name)
        throw WebError(
            .unprocessableContent, "there is no store \(store) in the configuration",
            hint: names.isEmpty ? nil : "It has: \(names.joined(separator: ", "))")
    }

    private func verify(_ request: Request, _ context: WebContext) async throws -> Response {
        let access = try context.require(.admin)
        let id = try PathValue.backup(context)
        let body = try await JSONBody.read(request, context)
        try body.refuseAll(but: ["level", "store"])
        let level = try body.level("level", among: [.checksum, .restore])
        let store = try body.text("store")
        if let store { try await require(store) }
        return try await JSONAnswer.unlessRunning {
            let task = try await environment.console.startVerification(
                of: id, level: level, store: store, requester: access.name)
            return try JSONAnswer.accepted(Begun(verifying: task), location: "/api/v1/backups/\(id)")
        }
    }
}
