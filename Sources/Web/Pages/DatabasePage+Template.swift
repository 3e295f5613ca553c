extension DatabasePage {
    /// `database`
    static let template = """
        {{>head}}
        <div class="wrap detail">
        <nav class="crumbs" aria-label="Where you are"><ol><li><a href="/">All databases</a></li>\
        <li aria-current="page">{{name}}</li></ol></nav>
        <div class="title"><h1>{{name}}</h1> {{#state}}{{>badge}}{{/state}}\
        {{#moments}} {{>badge}}{{/moments}}</div>
        <p class="advice">{{summary}}</p>
        {{#remark}}
        <p class="remark">{{.}}</p>
        {{/remark}}
        {{>troubles}}
        {{>activities}}
        {{#hasButtons}}
        <div class="actions">{{#backUp}}{{>form}}{{/backUp}}{{#verify}}{{>form}}{{/verify}}</div>
        {{/hasButtons}}
        {{>facts}}
        {{#history}}
        {{>history}}
        {{/history}}
        {{#retention}}
        {{>retention}}
        {{/retention}}
        {{#backups}}
        {{>backup-table}}
        {{/backups}}
        {{>database-lists}}
        </div>
        {{>foot}}
        """

    /// `database-lists`: runs, verifications, exports and events.
    static let listsTemplate = """
        {{#hasRuns}}
        <section>
        <h2 id="runs-title">Runs</h2>
        <div class="scroll" role="region" aria-labelledby="runs-title" tabindex="0">
        <table>
        <thead><tr><th scope="col">Run</th><th scope="col">Began (UTC)</th><th scope="col">State</th>\
        <th scope="col">Asked for by</th><th scope="col" class="number">Took</th>\
        <th scope="col" class="number">Rows</th><th scope="col">Result</th></tr></thead>
        <tbody>
        {{#runs}}
        {{>run-row}}
        {{/runs}}
        </tbody>
        </table>
        </div>
        </section>
        {{/hasRuns}}
        {{#hasVerifications}}
        <section>
        <h2 id="verifications-title">Verifications</h2>
        {{>verification-table}}
        </section>
        {{/hasVerifications}}
        {{#hasExports}}
        <section>
        <h2 id="exports-title">Exports</h2>
        <div class="scroll" role="region" aria-labelledby="exports-title" tabindex="0">
        <table>
        <thead><tr><th scope="col">Export</th><th scope="col">Asked for (UTC)</th><th scope="col">State</th>\
        <th scope="col" class="number">Rows</th><th scope="col" class="number">Size</th>\
        <th scope="col">Deleted</th></tr></thead>
        <tbody>
        {{#exports}}
        {{>export-row}}
        {{/exports}}
        </tbody>
        </table>
        </div>
        </section>
        {{/hasExports}}
        {{#hasEvents}}
        <section>
        <h2 id="events-title">What happened</h2>
        <ol class="events">
        {{#events}}
        <li>{{#eventAt}}{{>instant}}{{/eventAt}} <span>{{happening}}</span></li>
        {{/events}}
        </ol>
        </section>
        {{/hasEvents}}
        """
}
