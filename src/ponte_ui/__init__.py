"""How the pages of the three programs look and are guarded: one layout, three themes.

The connector and the sandboxes know nothing of each other, but a merchant walks through all of
them in one path and an author keeps one set of templates. So what is common to pages (layout,
macros, translations, assets, sessions, guards) lives here and knows none of the programs.
"""
