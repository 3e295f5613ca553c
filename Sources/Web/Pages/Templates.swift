import Mustache

/// The templates of all pages, in the binary and read once.
enum Templates {
    private static let texts: KeyValuePairs<String, String> = [
        "head": PageFrame.headTemplate,
        "foot": PageFrame.footTemplate,
        "age": MomentView.ageTemplate,
        "instant": MomentView.instantTemplate,
        "badge": BadgeView.template,
        "form": FormView.template,
        "activity": ActivityView.template,
        "activities": ActivityView.listTemplate,
        "trouble": TroubleView.template,
        "troubles": TroubleView.listTemplate,
        "fact": FactView.template,
        "facts": FactView.listTemplate,
        "legend": LegendEntry.template,
        "next-run": NextRunView.template,
        "database-row": DatabaseRow.template,
        "overview": OverviewPage.template,
        "history": HistoryView.template,
        "retention": RetentionView.template,
        "backup-table": BackupTable.template,
        "run-row": RunRow.template,
        "verification-table": VerificationRow.tableTemplate,
        "export-row": ExportRow.template,
        "database-lists": DatabasePage.listsTemplate,
        "database": DatabasePage.template,
        "run": RunPage.template,
        "restoring": RestoringView.template,
        "manifest": ManifestView.template,
        "backup": BackupPage.template,
        "report": ReportView.template,
        "verification": VerificationPage.template,
        "channel-row": ChannelRow.template,
        "message-table": MessageTable.template,
        "notifications": NotificationsPage.template,
        "error": ErrorPage.template,
    ]

    private static let library = Result { try read() }

    /// Reads them, so that a wrong one is found when the server starts.
    ///
    /// - Throws: `MustacheTemplate.ParserError`.
    static func check() throws {
        _ = try library.get()
    }

    private static func read() throws -> MustacheLibrary {
        MustacheContentTypes.register(HTMLText(), named: HTMLText.name)
        var library = MustacheLibrary()
        for (name, text) in texts {
            try library.register("{{% CONTENT_TYPE:\(HTMLText.name)}}\(text)", named: name)
        }
        return library
    }

    /// The page that the template `name` makes of `page`; empty only where `check` throws.
    private static func render(_ page: Any, _ name: String) -> String {
        guard case .success(let templates) = library else { return "" }
        return templates.render(page, withTemplate: name) ?? ""
    }
}

extension Templates {
    static func html(_ page: OverviewPage) -> String { render(page, "overview") }
    static func html(_ page: DatabasePage) -> String { render(page, "database") }
    static func html(_ page: RunPage) -> String { render(page, "run") }
    static func html(_ page: BackupPage) -> String { render(page, "backup") }
    static func html(_ page: VerificationPage) -> String { render(page, "verification") }
    static func html(_ page: NotificationsPage) -> String { render(page, "notifications") }
    static func html(_ page: ErrorPage) -> String { render(page, "error") }
}
