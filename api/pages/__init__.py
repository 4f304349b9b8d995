"""The pages: what a browser gets at `/`, `/organizations/KEY` and so on, where a program gets the answer of GraphQL.

A page is four things, and one entry in `api/pages/catalog.py`:

- a module, `api/pages/NAME.py`, with a pure function from a `Visit` (rows under a lens, the key and the parameters of
  the address) to a view model: a frozen dataclass of texts, figures (`ShownFigure`) and lists, ready to be written
  down. Figures get their statements from `visit.citer` (`api/pages/evidence.py`), addresses come from `visit.address`,
  rows from `visit.facts` (`api/pages/fact_index.py`), names from `party_name` (`api/pages/parties.py`);
- a template, `api/pages/templates/NAME.html.j2`, which extends `base.html.j2` and reads the view model as `view`. It
  holds no logic beyond loops and conditions, no `style` attribute and no script. `macros.html.j2` writes figures with
  their markers and panels (`fig`), parties, commitments, bars, "show the query";
- a document, `api/pages/queries/NAME.graphql`, one query with `$lens: LensInput` whose answer has what the page shows:
  a program that accepts JSON gets that answer at the same address;
- its entry: an `HtmlPage` with path, template, document, view, and the parameters that its address takes beside those
  of the lens. A page of one entity sets `label`: its key is then looked up, and a ticker or a name leads to it.

`api/pages/routes.py` does the rest for all of them alike: who may read, HTML or JSON, the lens, the entity tag, the
policy. What takes longer than a page may (intervals of ranks) is made by `visit.background` and is None until it is
there; the page says so."""
