// Cardwarden's panel on a patron's pages: asks the plugin, and writes what it says as text.
(function () {
    "use strict";

    var PAGES = /\/(circ\/circulation|members\/moremember)\.pl$/;
    var ASK = "/api/v1/contrib/cardwarden/desk";
    var RUN = "/cgi-bin/koha/plugins/run.pl";
    var PLUGIN = "Koha::Plugin::Dk::Cardwarden";

    function element(name, attributes, children) {
        var made = document.createElement(name);
        Object.keys(attributes || {}).forEach(function (key) {
            made.setAttribute(key, attributes[key]);
        });
        [].concat(children === undefined ? [] : children).forEach(function (child) {
            made.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
        });
        return made;
    }

    function patronNumber() {
        var asked = new URLSearchParams(window.location.search).get("borrowernumber");
        var field = document.querySelector('input[name="borrowernumber"][value]');
        var link = document.querySelector('a[href*="moremember.pl?borrowernumber="]');
        var found = asked || (field && field.value) || (link && link.href.replace(/^.*borrowernumber=(\d+).*$/, "$1"));
        return /^\d+$/.test(found || "") ? found : null;
    }

    function paragraph(part) {
        var lines = part.lines || [];
        var said = [];
        if (part.title) {
            said.push(element("h3", {}, part.title));
        }
        if (part.ordered || lines.length > 1) {
            said.push(element(part.ordered ? "ol" : "ul", {}, lines.map(function (line) {
                return element("li", {}, line);
            })));
        } else {
            lines.forEach(function (line) {
                said.push(element("p", {}, line));
            });
        }
        if (part.after) {
            said.push(element("p", {}, part.after));
        }
        return said;
    }

    function hidden(name, value) {
        return element("input", { type: "hidden", name: name, value: value });
    }

    function form(view, patron, offer, index) {
        var box = "cardwarden-photo-" + index, reason = "cardwarden-reason-" + index;
        var inside = [element("legend", {}, offer.legend)];
        if (offer.photo_id) {
            inside.push(element("p", {}, [
                element("input", { type: "checkbox", id: box, name: "photo_id", value: "1", required: "required" }),
                " ", element("label", { "for": box }, view.words.photo_id)
            ]));
        }
        inside.push(element("p", {}, [
            element("label", { "for": reason }, view.words.reason), " ",
            element("input", { type: "text", id: reason, name: "reason", maxlength: "200", autocomplete: "off" })
        ]));
        inside.push(element("p", {}, element("button", { type: "submit" }, view.words.button)));
        return element("form", { method: "post", action: RUN }, [
            hidden("class", PLUGIN), hidden("method", "cardwarden_release"), hidden("op", "cud-release"),
            hidden("csrf_token", view.csrf_token || ""), hidden("borrowernumber", patron),
            hidden("rule", offer.rule), hidden("type", offer.type), element("fieldset", {}, inside)
        ]);
    }

    function page(patron, method) {
        return RUN + "?class=" + encodeURIComponent(PLUGIN) + "&method=" + method + "&borrowernumber=" + patron;
    }

    function panel(view, patron) {
        var answer = [element("p", { "class": "cardwarden-headline" }, view.headline)];
        view.paragraphs.forEach(function (part) {
            answer = answer.concat(paragraph(part));
        });
        var parts = [
            element("h2", { id: "cardwarden-heading" }, view.heading),
            element("div", { lang: view.answer_lang || view.lang }, answer)
        ];
        view.notes.forEach(function (note) {
            parts.push(element("p", {}, note));
        });
        if (view.age) {
            parts.push(element("p", view.alert ? { "class": "cardwarden-alert", role: "alert" } : { "class": "cardwarden-age" },
                view.age + (view.old ? " " + view.old : "")));
        }
        view.forms.forEach(function (offer, index) {
            parts.push(form(view, patron, offer, index));
        });
        if (view.hint) {
            parts.push(element("p", {}, view.hint));
        }
        if (view.forms.length) {
            parts.push(element("p", {}, element("a", { href: page(patron, "cardwarden_release") }, view.words.to_page)));
        }
        return element("section", {
            id: "cardwarden-panel", "class": "cardwarden", lang: view.lang, "aria-labelledby": "cardwarden-heading"
        }, parts);
    }

    function place(made) {
        var main = document.querySelector("main") || document.querySelector(".main");
        if (main) {
            main.insertBefore(made, main.firstChild);
        }
    }

    function show(patron) {
        document.head.appendChild(element("link", { rel: "stylesheet", href: "/api/v1/contrib/cardwarden/static/desk/panel.css" }));
        var asked = ASK + "?patron_id=" + patron + "&lang=" + encodeURIComponent((document.documentElement.lang || "en").slice(0, 12));
        fetch(asked, { credentials: "same-origin", headers: { Accept: "application/json" } })
            .then(function (answer) {
                return answer.json().then(function (body) {
                    if (answer.ok) {
                        place(panel(body, patron));
                    } else if (body.error && answer.status !== 401) {
                        place(element("p", { id: "cardwarden-panel", "class": "cardwarden", role: "status" }, body.error));
                    }
                });
            })
            .catch(function () {
                place(element("p", { id: "cardwarden-panel", "class": "cardwarden", role: "status" },
                    "Cardwarden: the answer could not be read. Reload the page to try again."));
            });
    }

    // Koha's page of permissions knows only its own by name, and leaves the label of others empty
    function nameThePermission() {
        var label = document.querySelector('label[for="plugins_cardwarden_release"]');
        if (label && !label.textContent.trim()) {
            label.textContent = "Release blocks of Cardwarden at the desk (cardwarden_release)";
        }
    }

    function start() {
        var patron = PAGES.test(window.location.pathname) ? patronNumber() : null;
        if (patron) {
            show(patron);
        }
        nameThePermission();
    }

    if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", start);
    } else {
        start();
    }
}());
