export { type Guide, type GuidedFormat, guideOf } from './guide.ts';
export { createGuidedTarget, type GuidedSettings, guidedSettings } from './guided-target.ts';
export { type GuidedProduct, guidedProducts } from './products.ts';
