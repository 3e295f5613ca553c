import Appliance
import Catalog
import Hummingbird
import HummingbirdCore
import Model

/// Runs: lists, one of them, and ending it.
struct RunRoutes: Sendable {
    let environment: WebEnvironment

    private struct List: Encodable {
        let runs: [RunJSON]
        let next: Int64?
    }

    struct One: Encodable {
        let run: RunJSON
    }

    func add(to router: Router<WebContext>) {
        router.get("/api/v1/runs") { request, context in
            try context.require(.read)
            let limit = try QueryValue.limit(request)
            let runs = try await environment.console.catalog.runs(
                of: QueryValue.database(request), before: QueryValue.numberBefore(request), limit: limit + 1)
            let page = Page(runs, limit: limit, mark: \.id)
            return try JSONAnswer.make(List(runs: page.items.map { RunJSON($0) }, next: page.next))
        }
        router.get("/api/v1/runs/:id") { _, context in
            try context.require(.read)
            let id = try PathValue.number(context, noun: "run")
            return try await JSONAnswer.make(RunDetailJSON(environment.console.run(id)))
        }
        router.delete("/api/v1/runs/:id") { _, context in
            try context.require(.admin)
            let id = try PathValue.number(context, noun: "run")
            let run = try await environment.console.cancelRun(id)
            return try JSONAnswer.accepted(One(run: RunJSON(run)), location: "/api/v1/runs/\(run.id)")
        }
    }
}
