import Appliance
import Catalog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model

/// What the pages' buttons ask for. Each answers with a way to the page that shows what becomes of it (303, RFC 9110,
/// 15.4.4), so that loading that page again asks for nothing.
struct PageActions: Sendable {
    let environment: WebEnvironment
    let overviews: OverviewPageCache
    let samples: SampleResults

    /// Starts a backup.
    func backUp(_ request: Request, _ context: WebContext) async throws -> Response {
        try await act(request, context) { form, requester in
            let name = try PathValue.database(context)
            _ = try await environment.console.startBackup(of: name, requester: requester)
            return form["from"] == "overview" ? "/" : PathText.database(name)
        }
    }

    /// Verifies a backup once more, at the level that its database asks for.
    func verify(_ request: Request, _ context: WebContext) async throws -> Response {
        try await act(request, context) { form, requester in
            let id = try PagePath.backup(context)
            let task = try await environment.console.startVerification(of: id, level: nil, requester: requester)
            return form["from"] == "database" ? PathText.database(task.database) : "/backups/\(id)"
        }
    }

    /// Ends a verification that waits or works.
    func cancelVerification(_ request: Request, _ context: WebContext) async throws -> Response {
        try await act(request, context) { _, _ in
            let id = try PagePath.backup(context)
            _ = try await environment.console.cancelVerification(of: id)
            return "/backups/\(id)"
        }
    }

    /// Ends a run that waits or works.
    func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
        try await act(request, context) { _, _ in
            let id = try PagePath.number(context)
            _ = try await environment.console.cancelRun(id)
            return "/runs/\(id)"
        }
    }

    /// Does what a button asks for.
    /// - Parameter body: is given the form and the token's name, and says where to go.
    /// - Throws: 403 where the token may not do it, or the form is not one of ours.
    func act(
        _ request: Request, _ context: WebContext, _ body: (Form, String) async throws -> String
    ) async throws -> Response {
        let access = try context.require(.admin)
        let form = try await Form.read(request, context)
        try environment.csrf.check(form, context)
        do {
            let path = try await body(form, access.name)
            await overviews.forget()
            return Response(status: .seeOther, headers: [.location: path])
        } catch let error as RunInProgress {
            let subject = (name: "run \(error.run.id)", path: "/runs/\(error.run.id)")
            let html = Pages.errorPage(
                WebError(describing: error), subject: subject, Viewer(context, csrf: nil))
            return Pages.answer(html, status: .conflict)
        }
    }
}
