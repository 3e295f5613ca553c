import Appliance
import Catalog
import Model

/// How good or bad something is: a class of the stylesheet.
enum Tone: String {
    case good, calm, warn, bad
}

/// A state: a picture and always words, in a colour that repeats what they say.
struct BadgeView {
    /// The picture's id, see `Symbols`.
    let symbol: String
    let tone: String
    let words: String

    init(_ words: String, symbol: String, tone: Tone) {
        self.words = words
        self.symbol = symbol
        self.tone = tone.rawValue
    }

    /// `badge`
    static let template = """
        <span class="badge {{tone}}"><svg class="icon" aria-hidden="true" focusable="false"><use href="#{{symbol}}"/></svg>\
        {{words}}</span>
        """
}

extension BadgeView {
    /// Of a backup whose rows are not known to be from one moment.
    static let inconsistent = BadgeView("Not proved consistent", symbol: "i-alarm", tone: .warn)

    init(_ state: StatusReport.State) {
        switch state {
        case .protected: self.init("Protected", symbol: "i-good", tone: .good)
        case .unproved: self.init("Unproved", symbol: "i-unproved", tone: .warn)
        case .none: self.init("No backup yet", symbol: "i-empty", tone: .bad)
        case .failing: self.init("Failing", symbol: "i-failed", tone: .bad)
        case .overdue: self.init("Overdue", symbol: "i-overdue", tone: .bad)
        case .frozen: self.init("Frozen", symbol: "i-alarm", tone: .bad)
        case .removed: self.init("No longer configured", symbol: "i-removed", tone: .calm)
        }
    }

    init(_ proof: BackupProof) {
        switch proof {
        case .proved: self.init("Proved", symbol: "i-good", tone: .good)
        case .checked: self.init("Checked, not proved", symbol: "i-checked", tone: .calm)
        case .unproved: self.init("Unproved", symbol: "i-unproved", tone: .warn)
        case .different: self.init("Difference found", symbol: "i-alarm", tone: .bad)
        }
    }

    init(_ outcome: VerificationReport.Outcome) {
        self.init(BackupProof(outcome))
    }

    init(_ state: RunState) {
        switch state {
        case .queued: self.init("Waiting", symbol: "i-waiting", tone: .calm)
        case .running: self.init("Running", symbol: "i-running", tone: .calm)
        case .completed: self.init("Completed", symbol: "i-good", tone: .good)
        case .failed: self.init("Failed", symbol: "i-failed", tone: .bad)
        case .cancelled: self.init("Cancelled", symbol: "i-stopped", tone: .calm)
        case .interrupted: self.init("Interrupted", symbol: "i-broken", tone: .warn)
        }
    }

    init(_ state: ExportState) {
        switch state {
        case .queued: self.init("Waiting", symbol: "i-waiting", tone: .calm)
        case .running: self.init("Running", symbol: "i-running", tone: .calm)
        case .completed: self.init("Completed", symbol: "i-checked", tone: .calm)
        case .failed: self.init("Failed", symbol: "i-failed", tone: .bad)
        case .cancelled: self.init("Cancelled", symbol: "i-stopped", tone: .calm)
        case .expired: self.init("Expired", symbol: "i-removed", tone: .calm)
        }
    }

    init(_ level: RunLogLevel) {
        switch level {
        case .info: self.init("Info", symbol: "i-empty", tone: .calm)
        case .notice: self.init("Notice", symbol: "i-checked", tone: .calm)
        case .warning: self.init("Warning", symbol: "i-unproved", tone: .warn)
        case .error: self.init("Error", symbol: "i-failed", tone: .bad)
        }
    }
}
