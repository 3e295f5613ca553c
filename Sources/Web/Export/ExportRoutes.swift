import Appliance
import Catalog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model

/// Exports that somebody asks for, `/export/…`: the routes of both proposals for StarbaseDB side by side.
package struct ExportRoutes: Sendable {
    /// How long `GET /export/dump` waits for the file, in seconds.
    static let patience = 20
    /// Paths where HEAD would start an export, and throw it away.
    static let withoutHead: Set<String> = ["/export/dump"]

    let environment: WebEnvironment

    static func add(to router: Router<WebContext>, _ environment: WebEnvironment) {
        let routes = ExportRoutes(environment: environment)
        router.post("/export/dump") { request, context in try await routes.start(request, context) }
        router.get("/export/dump") { request, context in try await routes.dump(request, context) }
        router.delete("/export/dump/:id") { _, context in try await routes.cancel(context) }
        router.get("/export/dump/status/:id") { request, context in try await routes.status(request, context) }
        router.get("/export/status/:id") { request, context in try await routes.status(request, context) }
        router.get("/export/dump/download/:file") { request, context in try await routes.download(request, context) }
        router.get("/export/download/:file") { request, context in try await routes.download(request, context) }
    }

    private func start(_ request: Request, _ context: WebContext) async throws -> Response {
        try await environment.countExport(context)
        let access = try context.require(.export)
        let wanted = try await ExportBody.read(request, context, environment.settings())
        return try await JSONAnswer.unlessRunning {
            let status = try await environment.console.startExport(wanted.request(by: access))
            return try ExportAnswer.accepted(status)
        }
    }

    /// The file itself, where it is made quickly.
    private func dump(_ request: Request, _ context: WebContext) async throws -> Response {
        try await environment.countExport(context)
        let access = try context.require(.export)
        let wanted = try ExportBody.ofQuery(request)
        let table = QueryValue.table(request)
        if table != nil, (wanted.format ?? .sql).canHoldSchema {
            throw WebError(
                .unprocessableContent, "a dump of SQL comes whole", hint: "Ask for it as csv, json or ndjson.")
        }
        return try await JSONAnswer.unlessRunning {
            let started = try await environment.console.startExport(wanted.request(by: access))
            guard let id = BackupID(started.id) else { return try ExportAnswer.accepted(started) }
            let status = try await environment.console.waitForExport(id, until: Self.patience)
            switch status.state {
            case .queued, .running:
                return try ExportAnswer.accepted(status)
            case .completed:
                let download = try await environment.console.download(id, table: table)
                return try await DownloadAnswer(download: download, isResumable: false, eventLoop: context.eventLoop)
                    .response(to: request)
            case .failed, .cancelled, .expired:
                throw ExportAnswer.failure(of: status)
            }
        }
    }

    private func cancel(_ context: WebContext) async throws -> Response {
        try context.require(.export)
        let id = try PathValue.backup(context, noun: "export")
        let status = try await environment.console.cancelExport(id)
        return try JSONAnswer.accepted(
            ExportAnswer.StatusJSON(status, downloadURL: ""), location: ExportAnswer.statusPath(status.id))
    }

    private func status(_ request: Request, _ context: WebContext) async throws -> Response {
        try context.require(.read)
        let status = try await environment.console.export(PathValue.backup(context, noun: "export"))
        guard status.state != .expired else { throw ExportAnswer.absence(of: status) }
        let base = await BaseURL.of(request, context, environment.settings())
        let url = DownloadAddress.url(of: status.id, format: status.format, base: base)
        return try JSONAnswer.make(ExportAnswer.StatusJSON(status, downloadURL: url))
    }

    private func download(_ request: Request, _ context: WebContext) async throws -> Response {
        try context.require(.export)
        let (id, format) = try PathValue.file(context)
        let isRaw = try QueryValue.isRaw(request)
        let status = try await environment.console.export(id)
        guard status.state == .completed else { throw ExportAnswer.absence(of: status) }
        if let format, format != status.format {
            throw WebError(.notFound, "the export \(id) is no .\(format.fileExtension)")
        }
        let download = try await environment.console.download(id, table: QueryValue.table(request))
        return try await DownloadAnswer(download: download, isRaw: isRaw, eventLoop: context.eventLoop)
            .response(to: request)
    }
}
