// Text below WCAG AA (4.5:1, https://www.w3.org/TR/WCAG22/#contrast-minimum), each as "ratio: words (class)".
() => {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  const rgba = (colour) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data];
  };

  const over = ([r, g, b, a], under) => [r, g, b].map((value, i) => (value * a + under[i] * (255 - a)) / 255);

  const ground = (node) => {
    if (!node) return [255, 255, 255];
    const own = rgba(getComputedStyle(node).backgroundColor);
    return own[3] === 255 ? own.slice(0, 3) : over(own, ground(node.parentElement));
  };

  const opacity = (node) => (node ? Number(getComputedStyle(node).opacity) * opacity(node.parentElement) : 1);

  const luminance = (colour) =>
    colour
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);

  const contrast = (node) => {
    const under = ground(node);
    const [r, g, b, a] = rgba(getComputedStyle(node).color);
    const pair = [luminance(over([r, g, b, a * opacity(node)], under)), luminance(under)];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };

  const visible = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.textContent.trim();
    const node = texts.currentNode.parentElement;
    if (!words || !visible(node) || node.closest(":disabled, .toolbar, noscript")) continue;
    const ratio = contrast(node);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${words.slice(0, 40)} (${node.className})`);
  }
  return faint;
};
