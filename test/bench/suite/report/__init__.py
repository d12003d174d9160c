"""What a run found, as one document (JSON), and that document as tables, charts and the README's section.

Tables and charts are made of the document alone, so that they can be made again from its file.
"""
