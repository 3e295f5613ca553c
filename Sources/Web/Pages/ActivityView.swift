import Appliance
import Catalog
import Model

/// What a run has done so far, out of the catalog's record or of the overview.
struct RunFigures {
    let id: Int64
    /// nil for a phase that this program does not know.
    let phase: RunPhase?
    let startedAt: Timestamp
    let rows: Int64
    let dumpBytes: Int64
    let fraction: Double?
    let secondsLeft: Int64?

    init(_ run: StatusReport.Run) {
        id = run.id
        phase = run.isRunning ? RunPhase(rawValue: run.phase) : .waiting
        startedAt = run.startedAt
        rows = run.rows
        dumpBytes = run.dumpBytes
        fraction = run.fraction
        secondsLeft = run.secondsLeft
    }

    init(_ run: RunRecord) {
        id = run.id
        phase = run.state == .queued ? .waiting : run.phase
        startedAt = run.startedAt
        rows = run.rows
        dumpBytes = run.dumpBytes
        fraction = run.fraction
        secondsLeft = run.secondsLeft
    }
}

/// Work that goes on: how far it is, how fast, and how long it will take. The script keeps it up to date, see `PageScript`.
struct ActivityView {
    /// What the script follows: `run:17`, `verification:dump_20260315-023000`.
    let live: String
    /// `Backup`, `Export`, `Verification of dump_…`.
    let work: String
    /// The work's own page; nil on that page.
    let workPath: String?
    /// What it does at the moment.
    let doing: String
    /// From 0 to 1; nil while nobody can say.
    let fraction: String?
    /// `42%`
    let percent: String?
    /// `1,204,331 rows, 310 MiB, 22.0 MiB/s, 3 min 20 s left`
    let pace: String
    /// Ends it, for those who may.
    let cancel: FormView?

    /// - Parameters:
    ///   - since: when the export began, where that is known; its rate is counted from there.
    ///   - isLinked: false on the run's own page.
    init(
        _ run: RunFigures, work: String = "Backup", since: Timestamp? = nil, isLinked: Bool = true, now: Timestamp,
        viewer: Viewer
    ) {
        live = "run:\(run.id)"
        self.work = work
        workPath = isLinked ? "/runs/\(run.id)" : nil
        doing = run.phase.map { Self.words($0) } ?? "at work"
        fraction = run.fraction.map { Self.number($0) }
        percent = run.fraction.map { Self.percent($0) }
        var pieces: [String] = []
        if run.rows > 0 { pieces.append(CountText.format(run.rows, "row")) }
        if run.dumpBytes > 0 { pieces.append(SizeText.format(run.dumpBytes)) }
        let seconds = now.seconds - (since ?? run.startedAt).seconds
        if run.phase == .export, run.dumpBytes > 0, seconds > 0 {
            pieces.append("\(SizeText.format(run.dumpBytes / seconds))/s")
        }
        if let left = run.secondsLeft { pieces.append(Self.left(left)) }
        if pieces.isEmpty {
            let verb = run.phase == .waiting ? "asked for" : "begun"
            pieces.append("\(verb) \(AgeText.format(run.startedAt, now: now))")
        }
        pace = pieces.joined(separator: ", ")
        cancel = viewer.form("/runs/\(run.id)/cancel", "Cancel", subject: "run \(run.id)")
    }

    init(_ task: VerificationTask, now: Timestamp, viewer: Viewer) {
        live = "verification:\(task.backup)"
        work = "Verification of \(task.backup)"
        workPath = "/backups/\(task.backup)"
        doing = Self.words(task)
        fraction = task.fraction.map { Self.number($0) }
        percent = task.fraction.map { Self.percent($0) }
        let verb = task.state == .queued ? "asked for" : "begun"
        pace = task.secondsLeft.map { Self.left($0) } ?? "\(verb) \(AgeText.format(task.startedAt, now: now))"
        cancel = viewer.form(
            "/backups/\(task.backup)/verify/cancel", "Cancel", subject: "verification of \(task.backup)")
    }

    private static func words(_ task: VerificationTask) -> String {
        if task.state == .queued { return words(.waiting) }
        return task.level == .checksum ? "comparing the stored bytes" : "restoring and comparing"
    }

    /// What people call a phase; the script has the same words.
    static func words(_ phase: RunPhase) -> String {
        switch phase {
        case .waiting: "waiting for its turn"
        case .snapshot: "taking the snapshot"
        case .export: "exporting and uploading"
        case .verify: "verifying"
        case .prune: "applying retention"
        }
    }

    /// With three decimals, as the attribute of an element.
    private static func number(_ fraction: Double) -> String {
        let thousandths = Int((min(max(fraction, 0), 1) * 1000).rounded())
        return thousandths == 1000 ? "1" : "0.\(String(1000 + thousandths).dropFirst())"
    }

    private static func percent(_ fraction: Double) -> String {
        "\(Int(min(max(fraction, 0), 1) * 100))%"
    }

    private static func left(_ seconds: Int64) -> String {
        "\(DurationText.format(.seconds(max(seconds, 0)))) left"
    }

    /// `activity`
    static let template = """
        <div class="activity" data-live="{{live}}">
        <p class="doing"><svg class="icon" aria-hidden="true" focusable="false"><use href="#i-running"/></svg> \
        {{#workPath}}<a href="{{.}}">{{work}}</a>{{/workPath}}{{^workPath}}{{work}}{{/workPath}}: \
        <span data-part="phase">{{doing}}</span> <strong data-part="percent">{{percent}}</strong></p>
        <progress max="1"{{#fraction}} value="{{.}}"{{/fraction}} aria-label="{{work}}"></progress>
        <p class="pace" data-part="pace">{{pace}}</p>
        {{#frame.reload}}
        <noscript><p><a href="{{.}}">Reload this page</a> to see how far it is.</p></noscript>
        {{/frame.reload}}
        {{#cancel}}
        {{>form}}
        {{/cancel}}
        </div>
        """

    /// `activities`: all that goes on.
    static let listTemplate = """
        {{#activities}}{{>activity}}{{/activities}}
        """
}

extension [ActivityView] {
    /// All that goes on for a database, each once: an export that somebody asked for is a run as well.
    init(_ database: Overview.Database, now: Timestamp, viewer: Viewer) {
        self = []
        let export = database.exporting
        if let run = database.status.running {
            let work = export?.run == run.id ? "Export" : "Backup"
            append(ActivityView(RunFigures(run), work: work, now: now, viewer: viewer))
        }
        if let task = database.verifying { append(ActivityView(task, now: now, viewer: viewer)) }
    }
}
